package send

import (
	"strings"
	"time"

	"qmailkit/internal/addr"
	"qmailkit/internal/date822"
)

// Paragraph is what a failed delivery adds to its message's bounce file: the
// recipient and the report, in the form of a QSBMF recipient paragraph, which
// holds no empty line and ends with one.
func Paragraph(recipient, report string) string {
	text := "<" + strings.ReplaceAll(recipient, "\n", "_") + ">:\n" + report
	if report != "" && !strings.HasSuffix(report, "\n") {
		text += "\n"
	}
	b := []byte(text)
	for i := len(b) - 2; i > 0; i-- {
		if b[i] == '\n' && b[i-1] == '\n' {
			b[i] = '/'
		}
	}
	return string(b) + "\n"
}

// Notice is a bounce message: Head, the message's paragraphs, Divider, and the
// message itself.
type Notice struct {
	From   string // box of the author, control/bouncefrom
	Host   string // its host, control/bouncehost
	To     string // who gets it
	Sender string // the sender of the message that bounces; "" for a double bounce

	Subject string // instead of the usual one, where not empty
	Intro   string // instead of the usual words, where not empty
}

const (
	usualSubject = "failure notice"
	usualIntro   = `.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

`
	doubleIntro = `.
I tried to deliver a bounce message to this address, but the bounce bounced!

`
	copyFollows   = "--- Below this line is a copy of the message.\n\n"
	bounceFollows = "--- Below this line is the original bounce.\n\n"
)

// Stripped ends the copy of a message that control/bouncemaxbytes cuts short.
const Stripped = "\n\n--- End of message stripped.\n"

// Head returns the header and the words before the paragraphs.
func (n *Notice) Head(now time.Time) string {
	subject, intro := n.Subject, n.Intro
	if subject == "" {
		subject = usualSubject
	}
	switch {
	case intro != "":
		intro += "\n"
	case n.Sender == "":
		intro = n.greeting() + doubleIntro
	default:
		intro = n.greeting() + usualIntro
	}
	return "Date: " + date822.Format(now) + "\nFrom: " + addr.Quote(n.From) + "@" + n.Host +
		"\nTo: " + addr.QuoteAddress(n.To) + "\nSubject: " + subject + "\n\n" + intro
}

func (n *Notice) greeting() string { return "Hi. This is the qmail-send program at " + n.Host }

// Divider returns what stands between the paragraphs and the message.
func (n *Notice) Divider() string {
	follows := copyFollows
	if n.Sender == "" {
		follows = bounceFollows
	}
	return follows + "Return-Path: <" + addr.QuoteAddress(n.Sender) + ">\n"
}
