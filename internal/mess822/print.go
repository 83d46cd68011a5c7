package mess822

import (
	"strings"

	"qmailkit/internal/addr"
)

// width is how long a line of a printed list may get, in bytes.
const width = 78

// Quote writes an address for a field, with the name of whose it is unless
// that is nil. An address that says nothing is "<>".
func Quote(address string, name *string) string {
	bare := strings.TrimSuffix(address, "@")
	if name == nil && bare != "" {
		return spell(address)
	}
	text := "<>"
	if bare != "" {
		text = "<" + spell(address) + ">"
	}
	if name != nil {
		text = escape(*name, `"`, `"`) + " " + text
	}
	return text
}

// spell writes box and host, each in quotes where it needs them.
func spell(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		at = len(address)
	}
	text := part(address[:at])
	if at+1 >= len(address) {
		return text
	}
	host := address[at+1:]
	if last := len(host) - 1; addr.NeedsQuote(host) && last > 0 && host[0] == '[' && host[last] == ']' {
		return text + "@" + escape(host[1:last], "[", "]")
	}
	return text + "@" + part(host)
}

func part(s string) string {
	if addr.NeedsQuote(s) {
		return escape(s, `"`, `"`)
	}
	return escape(s, "", "")
}

// escape writes s between the two, so that nothing in it ends it early. A
// newline, which no field can hold, is a space.
func escape(s, start, end string) string {
	b := append(make([]byte, 0, len(s)+2), start...)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '\n':
			b = append(b, ' ')
			continue
		case 0, '\r', '"', '\\', '[', ']':
			b = append(b, '\\')
		}
		b = append(b, s[i])
	}
	return string(append(b, end...))
}

// Print writes a field, its newline included: start, "To: ", and the list,
// folded before an item that would make a line longer than 78 bytes. It is
// empty where the list is.
func Print(start string, list []Item) string {
	if len(list) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(start)
	line := len(start)
	for i := 0; i < len(list); i++ {
		var text string
		switch {
		case !list[i].Comment:
			text = Quote(list[i].Text, nil)
		case i+1 < len(list) && !list[i+1].Comment:
			i++
			text = Quote(list[i].Text, &list[i-1].Text)
		default:
			text = escape(list[i].Text, `"`, `"`) + ": ;"
		}
		if i+1 < len(list) {
			text += ","
		}
		switch {
		case b.Len() == len(start):
		case line+1+len(text) > width:
			b.WriteString("\n ")
			line = 1
			fallthrough
		default:
			b.WriteString(" ")
			line++
		}
		b.WriteString(text)
		line += len(text)
	}
	return b.String() + "\n"
}
