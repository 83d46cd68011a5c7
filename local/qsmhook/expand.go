package main

import (
	"strings"

	"qmailkit/internal/control"
)

// macros are what a mailer's arguments may contain after a percent sign.
type macros struct {
	sender    string // %g
	host      string // %h
	recipient string // %u
}

// expand replaces the macros in arg; %% is a percent sign, and one before
// anything else disappears together with what follows it.
func (m *macros) expand(arg string) string {
	var b strings.Builder
	for i := 0; i < len(arg); i++ {
		if arg[i] != '%' {
			b.WriteByte(arg[i])
			continue
		}
		i++
		if i == len(arg) {
			break
		}
		switch arg[i] {
		case '%':
			b.WriteByte('%')
		case 'g':
			b.WriteString(m.sender)
		case 'h':
			b.WriteString(m.host)
		case 'u':
			b.WriteString(m.recipient)
		}
	}
	return b.String()
}

// withoutPrefix is s without prefix, whose case does not matter; s that does
// not begin so stays.
func withoutPrefix(s, prefix string) string {
	if strings.HasPrefix(control.Fold(s), control.Fold(prefix)) {
		return s[len(prefix):]
	}
	return s
}
