package smtpd

import (
	"bufio"
	"bytes"
	"io"

	"qmailkit/internal/cmd"
)

// Login is a client that has shown who it is, by a password or a certificate.
type Login struct {
	User        string // goes into the Received field
	Method      string // "plain"; what the queueing program is told; or Certificate
	Relay       bool   // it may send to any recipient
	RelaySuffix string // added to its recipients

	Policy *Policy   // what holds for it from now on; nil: the same as before
	Proc   *cmd.Proc // what programs that are run for it are told; nil: the same as others
}

// Certificate is the Method of a client that has shown a certificate of TLS. It
// may still use AUTH.
const Certificate = "certificate"

// Authenticated tells whether the client has shown who it is by AUTH.
func (c *Client) Authenticated() bool { return c.Login != nil && c.Login.Method != Certificate }

// Auth is SMTP AUTH, RFC 4954.
type Auth struct {
	// Mechanisms are what EHLO announces to a client; none leaves AUTH out.
	Mechanisms func(*Client) []string
	// Exchange serves AUTH with the argument that the client gave. ask sends
	// a challenge, which is in base64 already, and returns the client's line.
	// login is nil where nobody has shown anything; reply is the last line of
	// the exchange. An error ends the session.
	Exchange func(c *Client, argument string, ask func(challenge string) (string, error)) (login *Login, reply string, err error)
}

// StartTLS makes the connection secure (RFC 3207) after the client has been
// told to begin. conn is what to read and write from then on; login is who the
// client's certificate says that it is, or nil. An error ends the session.
type StartTLS func() (conn io.ReadWriter, login *Login, err error)

const (
	replyStart    = "220 ready for tls"
	replyNoTLS    = "454 TLS is not available now (#4.3.0)"
	replyAuthed   = "503 you're already authenticated (#5.5.0)"
	replyAuthMail = "503 no auth during mail transaction (#5.5.0)"
)

// startTLS begins anew: what the client has said in the open counts for
// nothing, least of all what it has sent together with the command (RFC 3207
// 4.2), so the client is again what it was when it came.
func (s *Session) startTLS(arg string) error {
	if s.Policy.StartTLS == nil || s.Client.Secure {
		s.fault(replyUnknown)
		return nil
	}
	if arg != "" {
		s.fault(replySyntax)
		return nil
	}
	s.forget()
	if ready, err := s.tlsReady(); !ready || err != nil {
		return err
	}
	s.reply(replyStart)
	if s.w.Flush() != nil {
		return ErrGone
	}
	conn, login, err := s.Policy.StartTLS()
	if err != nil {
		return err
	}
	s.In, s.Out = conn, conn
	s.readFrom(source{s})
	s.w = bufio.NewWriterSize(s.Out, s.w.Size())
	s.Client, s.Policy = s.came, s.camePolicy
	s.Client.Secure = true
	s.heloGiven, s.helo, s.esmtp = false, nil, false
	s.admit(login)
	return nil
}

// tlsReady tells the client where TLS cannot begin.
func (s *Session) tlsReady() (ready bool, err error) {
	if s.Policy.TLSReady == nil {
		return true, nil
	}
	if s.w.Flush() != nil { // another program may go on from here
		return false, ErrGone
	}
	if s.Policy.TLSReady(Resume{s.Client.Greeted, s.esmtp, s.Client.Helo, s.unread()}) != nil {
		s.reply(replyNoTLS)
		return false, nil
	}
	return true, nil
}

// Resume is a session in which a client has said STARTTLS to another program.
type Resume struct {
	Greeted bool   // it has said HELO or EHLO
	ESMTP   bool   // and it was EHLO
	Helo    string // what it called itself there
	Rest    []byte // what it has sent together with STARTTLS
}

// resume begins with the answer to STARTTLS.
func (s *Session) resume(r *Resume) error {
	if r.Greeted {
		s.greeted(r.Helo)
	}
	s.esmtp, s.verb = r.ESMTP, "starttls"
	s.r.Reset(io.MultiReader(bytes.NewReader(r.Rest), source{s}))
	return s.startTLS("")
}

// admit makes login's rights the client's.
func (s *Session) admit(login *Login) {
	if login == nil {
		return
	}
	s.Client.Login = login
	s.helo = nil // it may count for less now
	if login.Policy != nil {
		s.Policy = login.Policy
	}
	if login.Relay {
		s.Client.Relay, s.Client.RelaySuffix = true, login.RelaySuffix
	}
	if login.User != "" {
		s.Client.Peer.RemoteInfo, s.Client.Peer.HasInfo = login.User, true
	}
}

func (s *Session) mechanisms() []string {
	if s.Policy.Auth == nil || s.Client.Authenticated() {
		return nil
	}
	return s.Policy.Auth.Mechanisms(&s.Client)
}

func (s *Session) auth(arg string) error {
	switch {
	case s.Policy.Auth == nil:
		s.fault(replyUnknown)
		return nil
	case s.Client.Authenticated():
		s.fault(replyAuthed)
		return nil
	case s.inMail:
		s.fault(replyAuthMail)
		return nil
	}
	login, reply, err := s.Policy.Auth.Exchange(&s.Client, arg, func(challenge string) (string, error) {
		s.reply("334 " + challenge)
		return s.line()
	})
	if err == errLine {
		return s.cutOff(replyLineSize)
	}
	if err != nil {
		return err
	}
	if login == nil {
		s.faults++
	}
	s.admit(login)
	return s.answer(reply)
}
