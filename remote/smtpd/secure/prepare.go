package secure

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// prepare does what SASLprep (RFC 4013 2.1, 2.2) does to a name or a password
// before it looks for what it forbids: no table of verifiers has that. The
// package that qmail-scram prepares with makes large tables whenever a program
// starts, for what few sessions have: a password that is not ASCII.
func prepare(text string) string {
	if ascii(text) {
		return text
	}
	return norm.NFKC.String(strings.Map(mapped, text))
}

func ascii(text string) bool {
	for i := range len(text) {
		if text[i] >= 0x80 {
			return false
		}
	}
	return true
}

// mapped is what stands for a rune; -1 is nothing. RFC 3454 has the lists, and
// U+1806 in the first, but not where qmail-scram has it from.
func mapped(r rune) rune {
	switch {
	case r == 0xAD, r == 0x34F, 0x180B <= r && r <= 0x180D, 0x200B <= r && r <= 0x200D, r == 0x2060,
		0xFE00 <= r && r <= 0xFE0F, r == 0xFEFF: // B.1
		return -1
	case r == 0xA0, r == 0x1680, 0x2000 <= r && r <= 0x200A, r == 0x202F, r == 0x205F, r == 0x3000: // C.1.2
		return ' '
	}
	return r
}
