package send

import "strings"

// What a report says that deferred a recipient before its host was ready for
// mail. The words are qmail-remote's, ours and the C program's.
const (
	noConnection = "Sorry, I wasn't able to establish an SMTP connection."
	noAddress    = "Sorry, I couldn't find any host by that name. (#4.1.2)"
	connected    = "Connected to "
)

// Unreached tells whether a recipient was deferred because no connection to a
// host for it came about, or it did not last. What a host says of a sender, a
// recipient or a message makes no difference: it was reached.
func (r Report) Unreached() bool {
	line, _, _ := strings.Cut(r.Text, "\n")
	switch {
	case r.Verdict != Defer:
		return false
	case strings.HasPrefix(line, connected):
		for _, end := range []string{" but connection died. ", " but greeting failed", " but my name was rejected"} {
			if strings.Contains(line, end) {
				return true
			}
		}
		return false
	}
	return strings.HasPrefix(line, noConnection) || strings.HasPrefix(line, noAddress)
}
