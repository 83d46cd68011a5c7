package main

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/qclient"
	"qmailkit/maildir"
	"qmailkit/send"
)

const (
	msgQueue   = "unable to run qq"
	msgMessage = "unable to read message"
)

// What a bounce says before the report.
const (
	greeting     = "Hi. This is the maildirbounce program at "
	singleBounce = `.
I'm afraid I wasn't able to deliver your message to the following address.
This is a permanent error; I've given up. Sorry it didn't work out.
`
	doubleBounce = `.
I tried to deliver a bounce message to this address, but the bounce bounced!
`
	tooOld = "This message is too old. Giving up.\n"
)

// The sender of a double bounce, and of what is then thrown away.
const doubleSender = "#@[]"

// bouncer is who writes bounces.
type bouncer struct{ box, host, double string }

func (s *serial) settings() error {
	dir := control.Dir(s.p.InHome("control"))
	doubleHost := ""
	for _, c := range []struct {
		name  string
		useMe bool
		usual string
		to    *string
	}{
		{"me", false, "me", new(string)},
		{"bouncefrom", false, "MAILER-DAEMON", &s.from.box},
		{"bouncehost", true, "me", &s.from.host},
		{"doublebouncehost", true, "me", &doubleHost},
		{"doublebounceto", false, "postmaster", &s.from.double},
	} {
		value, err := dir.LineOr(c.name, c.useMe, c.usual)
		if err != nil {
			return s.p.FatalSys(cmd.ExitTemporary, "unable to read "+s.p.InHome("control", c.name), err)
		}
		*c.to = value
	}
	s.from.double += "@" + doubleHost
	return nil
}

// hasPrefix tells whether f is a message for a recipient with the prefix.
func hasPrefix(f *os.File, prefix string) (bool, error) {
	recipient, ok, err := maildir.ReadRecipient(bufio.NewReader(f))
	return ok && strings.HasPrefix(recipient, prefix), err
}

// returned sends the message back and removes it. What cannot be sent back
// stays. The error is one that ends the program.
func (s *serial) returned(r maildir.Result, late bool) error {
	f, err := os.Open(s.p.Path(r.Name))
	if err != nil {
		s.warn("unable to read "+r.Name, err)
		s.dead[r.Name] = true
		return nil
	}
	defer f.Close()
	done, err := s.bounceFile(r, late, f)
	if err != nil {
		return err
	}
	if done {
		if err = os.Remove(s.p.Path(r.Name)); err == nil {
			return nil
		}
		s.warn("message has been bounced but not removed! unable to unlink "+r.Name, err)
	}
	s.dead[r.Name] = true
	return nil
}

// bounceFile queues the bounce of a message, or finds that it needs none.
func (s *serial) bounceFile(r maildir.Result, late bool, f *os.File) (done bool, err error) {
	in := bufio.NewReader(f)
	envelope, ok, err := maildir.ReadEnvelope(in)
	switch {
	case err != nil:
		s.warn("unable to bounce "+r.Name, err)
		return false, nil
	case !ok:
		s.say("warning: unable to bounce " + r.Name + ": bad file format")
		return false, nil
	case envelope.Sender == doubleSender:
		s.say("info: discarding " + r.Name + ": triple bounce")
		return true, nil
	}
	notice := send.Notice{From: s.from.box, Host: s.from.host, To: envelope.Sender, Sender: envelope.Sender}
	from := ""
	notice.Intro = greeting + s.from.host + singleBounce
	if envelope.Sender == "" {
		from, notice.To, notice.Intro = doubleSender, s.from.double, greeting+s.from.host+doubleBounce
	}
	report := r.Text + "\n"
	if late {
		report += tooOld
	}
	q, err := qclient.Open(s.p)
	if err != nil {
		return false, s.p.FatalSys(cmd.ExitTemporary, msgQueue, err)
	}
	q.WriteString(notice.Head(s.p.Now()) + send.Paragraph(strings.TrimPrefix(envelope.Recipient, s.prefix), report) + notice.Divider())
	if _, err := io.Copy(q, in); err != nil {
		q.Abandon()
		return false, s.p.FatalSys(cmd.ExitTemporary, msgMessage, err)
	}
	q.From(from)
	q.To(notice.To)
	if err := q.Close(); err != nil {
		s.say("warning: unable to bounce " + r.Name + ": qq failed: " + err.Error())
		return false, nil
	}
	s.say("info: returned " + r.Name + ": qp " + strconv.Itoa(q.PID()))
	return true, nil
}
