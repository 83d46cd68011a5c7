// Package front makes a session of package smtpd of a Proc: of its arguments,
// environment, descriptors and control files, in the words of qmail-smtpd(8).
//
// TLS and the mechanisms of AUTH cost time whenever a program that contains
// them starts, and most sessions need neither. So a program may be built
// without: where a session needs them, it goes on in qmail-smtpd-tls, the same
// process with the same arguments and environment.
package front

import (
	"io"
	"strconv"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/qclient"
	"qmailkit/internal/ucspi"
	"qmailkit/remote/smtpd"
)

// ExitFailure is the code for every session that does not end with QUIT.
const ExitFailure = 1

const replyNoProgram = "421 unable to run bin/qmail-smtpd-tls (#4.3.0)"

// More is what a program may contain beyond plain SMTP.
type More interface {
	// Ready tells whether TLS could begin now.
	Ready() error
	// Handshake makes the connection secure. login is the client that its
	// certificate lets relay, or nil.
	Handshake() (conn io.ReadWriter, login *smtpd.Login, err error)
	// Mechanisms and Exchange are those of smtpd.Auth. They are called only
	// where AUTH may be used.
	Mechanisms(c *smtpd.Client) []string
	Exchange(c *smtpd.Client, argument string, ask func(string) (string, error)) (*smtpd.Login, string, error)
	// Close tells the client that nothing more comes.
	Close()
}

// Parts are what a program contains beyond plain SMTP; the zero value is
// nothing.
type Parts struct {
	More   func(*Access) More
	Policy smtpd.Parts

	Open    func(*cmd.Proc) (*qclient.Message, error) // nil: qclient.Open
	Buffers *smtpd.Buffers                            // nil: the session's own
}

// Serve serves the client on p's standard input and output.
func Serve(p *cmd.Proc, parts Parts) error {
	resume := takeOver(p)
	timeout, err := smtpd.Timeout(control.Dir(p.InHome("control")))
	if err != nil {
		return refuse(p, smtpd.ReplyFor(err))
	}
	a, reply := loadAccess(p, timeout)
	if reply != "" {
		return refuse(p, reply)
	}
	if parts.More == nil && a.needsMore() {
		return a.elsewhere()
	}
	policy, err := smtpd.Load(p, parts.Policy)
	switch {
	case err == smtpd.ErrParts:
		return a.elsewhere()
	case err != nil:
		return refuse(p, smtpd.ReplyFor(err))
	}
	defer policy.Close()
	a.parts = parts
	defer a.closePolicies()
	if parts.More != nil {
		a.more = parts.More(a)
		defer a.more.Close()
	}
	a.apply(policy)
	if resume == nil {
		a.warnings(policy.Ignored)
	}
	checkRecipients(policy, p.Home)
	return a.serve(policy, resume)
}

func (a *Access) serve(policy *smtpd.Policy, resume *smtpd.Resume) error {
	p := a.Proc
	s := smtpd.Session{
		In: a.In, Out: a.Out, Policy: policy, Client: smtpd.Client{Peer: ucspi.FromEnv(p), Secure: a.already, Log: a.log}, Open: a.queue,
		Now: p.Now, Sleep: time.Sleep, Resume: resume,
		Buffers: a.parts.Buffers,
		Early:   func(wait time.Duration) bool { return a.In.Talking(wait) },
	}
	if a.implicit {
		conn, login, err := a.more.Handshake()
		if err != nil {
			// A client that there is no TLS with could not understand what is said.
			return cmd.Silent(ExitFailure)
		}
		s.In, s.Out, s.Client.Secure, s.Client.Login = conn, conn, true, login
	}
	if s.Serve() != nil {
		return cmd.Silent(ExitFailure)
	}
	return nil
}

// log writes a line that says which session it is of.
func (a *Access) log(text string) {
	p := a.Proc
	p.Stderr.WriteString(p.Name + "[" + strconv.Itoa(p.Pid) + "]: " + text + "\n")
}

func refuse(p *cmd.Proc, reply string) error {
	smtpd.Refuse(p.Stdout, reply)
	return cmd.Silent(ExitFailure)
}
