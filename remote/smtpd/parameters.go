package smtpd

import (
	"strconv"
	"strings"
)

// asked is what the parameters of MAIL ask for.
type asked struct {
	size int64 // bytes that the message is going to have, 0 if it was not told
	utf8 bool
}

// mailParameters reads what follows the sender. ok is false when a parameter
// that is known here says something that it cannot say. The others, and what
// is no parameter at all, mean nothing, as always.
func mailParameters(rest string) (a asked, ok bool) {
	for keyword, value := range parameters(rest) {
		switch keyword {
		case "SIZE": // RFC 1870
			n, err := strconv.ParseUint(value, 10, 63)
			if err != nil || len(value) > 20 {
				return a, false
			}
			a.size = int64(n)
		case "BODY": // RFC 6152
			if !strings.EqualFold(value, "7BIT") && !strings.EqualFold(value, "8BITMIME") {
				return a, false
			}
		case "SMTPUTF8": // RFC 6531 3.4
			if value != "" {
				return a, false
			}
			a.utf8 = true
		case "RET": // RFC 3461 4.3
			if !strings.EqualFold(value, "FULL") && !strings.EqualFold(value, "HDRS") {
				return a, false
			}
		case "ENVID": // RFC 3461 4.4
			if !isXtext(value, 100) {
				return a, false
			}
		}
	}
	return a, true
}

// rcptParameters reads what follows a recipient, likewise.
func rcptParameters(rest string) (ok bool) {
	for keyword, value := range parameters(rest) {
		switch keyword {
		case "NOTIFY": // RFC 3461 4.1
			if !isNotify(value) {
				return false
			}
		case "ORCPT": // RFC 3461 4.2
			kind, address, found := strings.Cut(value, ";")
			if !found || kind == "" || !isXtext(address, 500) {
				return false
			}
		}
	}
	return true
}

// parameters yields the keywords, in capital letters, and their values.
func parameters(rest string) func(yield func(keyword, value string) bool) {
	return func(yield func(keyword, value string) bool) {
		for rest != "" {
			var word string
			word, rest, _ = strings.Cut(rest, " ")
			keyword, value, _ := strings.Cut(word, "=")
			if keyword != "" && !yield(strings.ToUpper(keyword), value) {
				return
			}
		}
	}
}

func isNotify(value string) bool {
	if strings.EqualFold(value, "NEVER") {
		return true
	}
	for _, word := range strings.Split(value, ",") {
		switch strings.ToUpper(word) {
		case "SUCCESS", "FAILURE", "DELAY":
		default:
			return false
		}
	}
	return true
}

// isXtext tells whether s is xtext, RFC 3461 4, of at most limit bytes; those
// above 127 may be UTF-8, RFC 6533.
func isXtext(s string, limit int) bool {
	if s == "" || len(s) > limit {
		return false
	}
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c < '!' || c == '=' || c == 127:
			return false
		case c != '+':
		case i+2 >= len(s) || !isHex(s[i+1]) || !isHex(s[i+2]):
			return false
		default:
			i += 2
		}
	}
	return true
}

func isHex(c byte) bool { return c-'0' <= 9 || c-'A' <= 5 }
