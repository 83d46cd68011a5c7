// Package addr knows the addresses of RFC 821 and RFC 822: how a box is
// quoted, how a header field full of addresses is taken apart.
package addr

import "strings"

// Quote encodes box, the part of an address before its last '@', for a
// message or an SMTP command, with as little quoting as both RFC 821 and
// RFC 822 allow. Bytes above 127 are quoted but not encoded.
func Quote(box string) string {
	if !NeedsQuote(box) {
		return box
	}
	b := make([]byte, 0, len(box)+8)
	b = append(b, '"')
	for i := 0; i < len(box); i++ {
		switch box[i] {
		case '\r', '\n', '"', '\\':
			b = append(b, '\\')
		}
		b = append(b, box[i])
	}
	return string(append(b, '"'))
}

// QuoteAddress is Quote for a whole address: only what stands before its last
// '@' is quoted. The empty address stays empty.
func QuoteAddress(address string) string {
	if address == "" {
		return ""
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return Quote(address)
	}
	return Quote(address[:at]) + address[at:]
}

// NeedsQuote tells whether box must be in quotes.
func NeedsQuote(box string) bool {
	if box == "" || box[0] == '.' || box[len(box)-1] == '.' || strings.Contains(box, "..") {
		return true
	}
	for i := 0; i < len(box); i++ {
		c := box[i]
		if c <= ' ' || c >= 127 || strings.IndexByte(`"(),:;<>@[\]`, c) >= 0 {
			return true
		}
	}
	return false
}
