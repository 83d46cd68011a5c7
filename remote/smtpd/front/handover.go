package front

import (
	"bytes"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/sys"
	"qmailkit/remote/smtpd"
)

// Program is the one that has TLS and AUTH, in the home's bin.
const Program = "qmail-smtpd-tls"

// resumeVar tells it of the STARTTLS with which it is to begin: the HELO or EHLO
// that the client has said, if any; LF; what it has sent after STARTTLS.
const resumeVar = "QMAILSMTPD_STARTTLS"

const noProgram = ": unable to run bin/" + Program + ": "

// takeOver returns what another program has left to this one, or nil. Nobody
// that this one starts must see it.
func takeOver(p *cmd.Proc) *smtpd.Resume {
	text, set := p.LookupEnv(resumeVar)
	if !set {
		return nil
	}
	p.Unsetenv(resumeVar)
	return parseResume(text)
}

func parseResume(text string) *smtpd.Resume {
	greeting, rest, _ := strings.Cut(text, "\n")
	how, name, greeted := strings.Cut(greeting, " ")
	return &smtpd.Resume{Greeted: greeted, ESMTP: how == "EHLO", Helo: name, Rest: []byte(rest)}
}

// handOver has the other program go on with a client that has said STARTTLS.
// It returns only when there is no such program. What the client has sent with
// the command is of no account once TLS has begun, and up to a NUL it is kept
// for when it cannot.
func (a *Access) handOver(r smtpd.Resume) error { return a.become(resumeVar + "=" + resumeText(r)) }

func resumeText(r smtpd.Resume) string {
	rest, _, _ := bytes.Cut(r.Rest, []byte{0})
	text := ""
	switch {
	case r.ESMTP:
		text = "EHLO " + r.Helo
	case r.Greeted:
		text = "HELO " + r.Helo
	}
	return text + "\n" + string(rest)
}

// elsewhere has the other program serve the client from the start.
func (a *Access) elsewhere() error {
	a.become()
	if a.implicit {
		return cmd.Silent(ExitFailure)
	}
	return refuse(a.Proc, replyNoProgram)
}

func (a *Access) become(env ...string) error {
	p := a.Proc
	// A program that is many commands may have to be told which by its name.
	argv := append([]string{Program}, p.Args...)
	err := sys.Exec(p.InHome("bin", Program), argv, append(p.Env[:len(p.Env):len(p.Env)], env...), p.Stdin, p.Stdout, p.Stderr)
	p.Stderr.WriteString(p.Name + noProgram + errstr.Text(err) + "\n")
	return err
}
