package main

import (
	"os"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/qclient"
	"qmailkit/internal/sasl"
	"qmailkit/internal/sasl/rules"
	"qmailkit/internal/timeoutio"
	"qmailkit/internal/tlsconf"
	"qmailkit/remote/smtpd"
)

const (
	replyBoth    = "421 TLS is both forced and disabled (#4.3.5)"
	replyTLSOnly = "530 must issue a STARTTLS command first (#5.7.0)"
	replyTLSGone = "454 TLS is needed and not available (#4.3.0)"
	replyWho     = "530 authentication required (#5.7.0)"
	replyNotYou  = "553 sender and authenticated user are not the same (#5.7.1)"
)

// What standard error is told of TLS.
const (
	warning   = ": warning: "
	noEffect  = " has no effect\n"
	authAlone = "SMTPAUTH without TLS"
	authEmpty = "SMTPAUTH without a program or control/scram.cdb"
	noTLS     = ": unable to begin TLS: "
	noRelay   = ": certificate: "
	noTable   = ": unable to read "
	noPrivate = ": unable to check a password: "
)

// access is how clients may make the connection secure and show who they are,
// and which of it they must. Nothing is read for it before a client asks.
type access struct {
	p        *cmd.Proc
	in       *bounded
	out      timeoutio.File
	tls      *tlsconf.Server
	secure   *tlsconf.Session // nil before TLS
	implicit bool             // TLS begins before the greeting
	offered  bool             // STARTTLS
	force    bool             // no mail without TLS
	open     bool             // AUTH without TLS

	auth    rules.Rules
	host    string   // in CRAM-MD5's challenges
	program []string // checkpassword's like
	table   *sasl.Verifiers
	looked  bool // for the table
	same    bool // the sender must be the user
}

// loadAccess reads the environment and the arguments. reply is what every
// client is told where they cannot be obeyed.
func loadAccess(p *cmd.Proc, in, out timeoutio.File) (a *access, reply string) {
	a = &access{p: p, in: &bounded{File: in, now: p.Now}, out: out}
	a.tls = tlsconf.NewServer(control.Dir(p.InHome("control")), p.Getenv)
	a.implicit = p.Getenv("SMTPS") != ""
	disabled := flag(p, "DISABLETLS") || flag(p, "DENY_TLS")
	a.force = flag(p, "FORCETLS") || flag(p, "FORCE_TLS")
	if disabled && a.force && !a.implicit {
		return nil, replyBoth
	}
	a.offered = !disabled && !a.implicit && a.tls.Offered()
	a.open = !a.force && (p.Getenv("FORCETLS") == "0" || flag(p, "ALLOW_INSECURE_AUTH"))
	a.loadAuth()
	a.same = flag(p, "FORCEAUTHMAILFROM")
	return a, ""
}

func (a *access) loadAuth() {
	p := a.p
	letters, set := p.LookupEnv("SMTPAUTH")
	if len(p.Args) > 0 {
		a.host, a.program = rules.Arguments(p.Args, p.Getenv("PATH"))
	}
	// Where the host's name comes first, the arguments alone have always been
	// enough.
	a.auth = rules.Parse(letters, set || a.host != "")
	a.auth.Cram = a.auth.Cram || flag(p, "ALLOW_CRAM")
	a.auth.Must = a.auth.Must || flag(p, "REQUIRE_AUTH")
}

// apply makes it part of the policy.
func (a *access) apply(policy *smtpd.Policy) {
	if a.offered {
		policy.StartTLS = a.startTLS
		policy.TLSReady = a.ready
	}
	if !a.auth.Off {
		policy.Auth = &smtpd.Auth{Mechanisms: a.mechanisms, Exchange: a.exchange}
		switch {
		case !a.offered && !a.implicit && !a.open:
			a.warn(authAlone + noEffect)
		case a.program == nil && a.verifiers() == nil:
			a.warn(authEmpty + noEffect)
		}
	}
	if a.force || a.auth.Must || a.same {
		policy.OnMail = append(policy.OnMail, a.mayMail)
	}
	if a.host == "" {
		a.host = policy.Greeting
	}
}

// mayMail is what MAIL is answered when it is too early for it.
func (a *access) mayMail(c *smtpd.Client, sender string) string {
	switch {
	case a.force && !c.Secure && !a.offered:
		return replyTLSGone
	case a.force && !c.Secure:
		return replyTLSOnly
	case a.auth.Must && c.Login == nil:
		return replyWho
	case a.same && c.Authenticated() && sender != c.Login.User:
		return replyNotYou
	}
	return ""
}

// queue begins a message. The queueing program is told who sends it.
func (a *access) queue(c *smtpd.Client) (smtpd.Queue, error) {
	if c.Login == nil {
		return qclient.Open(a.p)
	}
	told := *a.p
	told.Setenv("TCPREMOTEINFO", c.Login.User)
	told.Setenv("RELAYCLIENT", c.Login.RelaySuffix)
	if c.Authenticated() {
		told.Setenv("SMTPAUTHMETHOD", c.Login.Method)
		told.Setenv("SMTPAUTHUSER", c.Login.User)
		told.Setenv("SMTP_AUTH_USER", c.Login.User)
	}
	return qclient.Open(&told)
}

func (a *access) warn(text string) { a.p.Stderr.WriteString(a.p.Name + warning + text) }

func (a *access) say(what string, err error) {
	a.p.Stderr.WriteString(a.p.Name + what + err.Error() + "\n")
}

// flag tells whether a variable is set, and not to 0.
func flag(p *cmd.Proc, name string) bool {
	value, set := p.LookupEnv(name)
	return set && value != "0"
}

// Limits on TLS, below which the engine's own do not reach: a client must not
// make a record last for ever.
const (
	handshakeLimit = 5 * time.Minute
	secureLimit    = 24 * time.Hour
)

// bounded is the connection below TLS: as a whole, too, it ends.
type bounded struct {
	timeoutio.File
	now   func() time.Time
	until time.Time
}

// Read is that of timeoutio.File, with what is left as its limit.
func (b *bounded) Read(buf []byte) (int, error) {
	left := b.until.Sub(b.now())
	if left <= 0 {
		return 0, os.ErrDeadlineExceeded
	}
	f := b.File
	f.Timeout = min(f.Timeout, left)
	return f.Read(buf)
}
