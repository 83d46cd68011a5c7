package remote

import "strings"

// Report is what is to be said about one recipient or about the message:
// a letter and text, as qmail-remote(8) prints them.
type Report struct {
	Letter byte
	Text   string // without NULs; lines, or nothing
}

// The letters of a recipient's report, and of a message's.
const (
	RecipientAccepted = 'r'
	RecipientRejected = 'h' // for good
	RecipientDeferred = 's'

	Accepted = 'K'
	Deferred = 'Z'
	Failed   = 'D'
)

// What is said where no host has said anything. The text is a contract: people
// and programs look for it in logs.
const (
	osError   = "System resources temporarily unavailable. (#4.3.0)\n"
	noConnect = "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n"
	noRead    = "Unable to read message. (#4.3.0)\n"
	noLookup  = "Sorry, I couldn't find any host by that name. (#4.1.2)\n"
	noHost    = "Sorry, I couldn't find any host named " // name, dot, code
	noHostEnd = ". (#5.1.2)\n"
	noMX      = "Sorry, I couldn't find a mail exchanger or IP address. (#5.4.4)\n"
	ambiguous = "Sorry. Although I'm listed as a best-preference MX or A for that host,\n" +
		"it isn't in my control/locals file, so I don't treat it as local. (#5.4.6)\n"
	nullMX       = "Sorry, that host says that it accepts no mail. (#5.1.10)\n"
	badSender    = "Sorry, the sender's address has a line break in it. (#5.1.7)\n"
	badRecipient = "Sorry, the address has a line break in it. (#5.1.3)\n"
	badFile      = "Unable to use " // file, line, what is wrong, code
	badFileEnd   = ". (#4.3.5)\n"
)

// What is said between or behind a host's address and its reply.
const (
	noUTF8   = " does not take addresses beyond ASCII (#5.6.7)"
	noLogin  = " but it offers no way to log in that is known here (#4.7.0)"
	noProof  = " but it does not know the password that it accepts (#4.7.0)"
	noClear  = " but it would have the password sent without TLS (#4.7.0)"
	noTLS    = "No TLS achieved while " // what demands it
	noTLSEnd = "; connected to "
	tlsCode  = " (#4.7.0)"
)

// BadControl reports a control file that makes no sense.
func BadControl(err error) Report { return temporary(badFile + err.Error() + badFileEnd) }

// What a program says that cannot even start a delivery.
var (
	// Usage is said of a command line without host, sender and recipient.
	Usage = permanent("I (qmail-remote) was invoked improperly. (#5.3.5)\n")
	// NoHome is said where there is no qmail home.
	NoHome = temporary("Unable to switch to home directory. (#4.3.0)\n")
	// NoControls is said of control files that cannot be read.
	NoControls = temporary("Unable to read control files. (#4.3.0)\n")
)

func permanent(text string) Report { return Report{Failed, text} }
func temporary(text string) Report { return Report{Deferred, text} }

// Append adds the reports to b: a letter, text and a NUL for each recipient
// and then for the message.
func (r Result) Append(b []byte) []byte {
	for _, report := range append(r.Recipients[:len(r.Recipients):len(r.Recipients)], r.Message) {
		b = append(b, report.Letter)
		b = append(b, report.Text...)
		b = append(b, 0)
	}
	return b
}

// safe makes a host name fit to be shown: what is not visible ASCII becomes a
// question mark.
func safe(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c < 33 || c > 126 {
			b[i] = '?'
		}
	}
	return string(b)
}

// fits tells whether an address can stand in a command: a line break would
// end it and begin another.
func fits(address string) bool { return !strings.ContainsAny(address, "\r\n\x00") }
