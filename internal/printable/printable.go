// Package printable makes text from outside fit for a terminal, a log or a
// report.
package printable

// Replace returns s with instead in the place of every byte that is no
// printable ASCII: control characters, which a terminal might obey, and what
// is above 126. A blank stays.
func Replace(s string, instead byte) string {
	b := []byte(s)
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = instead
		}
	}
	return string(b)
}
