package front

import (
	"io"
	"os"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/qclient"
	"qmailkit/internal/sasl/rules"
	"qmailkit/internal/timeoutio"
	"qmailkit/remote/smtpd"
)

const (
	replyBoth    = "421 TLS is both forced and disabled (#4.3.5)"
	replyTLSOnly = "530 must issue a STARTTLS command first (#5.7.0)"
	replyTLSGone = "454 TLS is needed and not available (#4.3.0)"
	replyWho     = "530 authentication required (#5.7.0)"
	replyNotYou  = "553 sender and authenticated user are not the same (#5.7.1)"
	replyEncrypt = "538 auth is not available without TLS (#5.7.11)"
)

// What standard error is told.
const (
	warning   = ": warning: "
	noEffect  = " has no effect\n"
	authAlone = "SMTPAUTH without TLS"
	authEmpty = "SMTPAUTH without a program or control/scram.cdb"
)

// ScramTable is the table of qmail-scram, below the control folder.
const ScramTable = "scram.cdb"

// Access is how clients may make the connection secure and show who they are,
// and which of it they must. Nothing is read for it before a client asks.
type Access struct {
	Proc    *cmd.Proc
	In, Out timeoutio.File
	Auth    rules.Rules
	Host    string   // in CRAM-MD5's challenges
	Program []string // checkpassword's like
	Table   string   // AUTH_CDB, which goes before it; "": none

	parts Parts
	later []*smtpd.Policy // those that clients have after AUTH

	more     More
	implicit bool       // TLS begins before the greeting
	already  bool       // it has begun before the program
	server   *tlsServer // who makes the connection secure instead of the program; nil: nobody
	offered  bool       // STARTTLS
	force    bool       // no mail without TLS
	open     bool       // AUTH without TLS
	same     bool       // the sender must be the user
}

// loadAccess reads the environment and the arguments. reply is what every
// client is told where they cannot be obeyed.
func loadAccess(p *cmd.Proc, timeout time.Duration) (a *Access, reply string) {
	a = &Access{Proc: p, In: timeoutio.File{File: p.Stdin, Timeout: timeout}, Out: timeoutio.File{File: p.Stdout, Timeout: timeout}}
	ucspi := parseUCSPITLS(p.LookupEnv("UCSPITLS"))
	a.already = flag(p, "SSL")
	a.implicit = p.Getenv("SMTPS") != "" && !a.already
	disabled := flag(p, "DISABLETLS") || flag(p, "DENY_TLS") || ucspi.off
	a.force = flag(p, "FORCETLS") || flag(p, "FORCE_TLS") || ucspi.require
	if disabled && a.force && !a.implicit && !a.already {
		return nil, replyBoth
	}
	if !disabled && !a.implicit && !a.already {
		a.server = findServer(p, timeout, ucspi)
		a.offered = a.server != nil || certificate(p)
	}
	a.open = !a.force && (p.Getenv("FORCETLS") == "0" || flag(p, "ALLOW_INSECURE_AUTH"))
	a.loadAuth()
	a.same = flag(p, "FORCEAUTHMAILFROM")
	return a, ""
}

// certificate tells whether there is one to offer TLS with. Whether it can be
// used shows later.
func certificate(p *cmd.Proc) bool {
	path := p.Getenv("TLS_SERVER_CERT")
	if path == "" {
		path = p.InHome("control", "servercert.pem")
	}
	_, err := os.Stat(path)
	return err == nil
}

func (a *Access) loadAuth() {
	p := a.Proc
	letters, set := p.LookupEnv("SMTPAUTH")
	if len(p.Args) > 0 {
		a.Host, a.Program = rules.Arguments(p.Args, p.Getenv("PATH"))
	}
	// Where the host's name comes first, the arguments alone have always been
	// enough.
	a.Table = p.Getenv("AUTH_CDB")
	a.Auth = rules.Parse(letters, set || a.Host != "" || a.Table != "")
	a.Auth.Cram = (a.Auth.Cram || flag(p, "ALLOW_CRAM")) && a.Table == ""
	a.Auth.Must = a.Auth.Must || flag(p, "REQUIRE_AUTH")
}

// needsMore tells whether the session cannot even begin with plain SMTP alone.
func (a *Access) needsMore() bool {
	return a.implicit || !a.Auth.Off && (a.open || a.already || a.server != nil)
}

// apply makes it part of the policy.
func (a *Access) apply(policy *smtpd.Policy) {
	if a.Host == "" {
		a.Host = policy.Greeting
	}
	switch {
	case !a.offered:
	case a.server != nil:
		policy.StartTLS = a.server.start
	case a.more != nil:
		policy.StartTLS = a.more.Handshake
		policy.TLSReady = func(smtpd.Resume) error { return a.more.Ready() }
	default:
		policy.TLSReady = a.handOver
		policy.StartTLS = func() (io.ReadWriter, *smtpd.Login, error) { return nil, nil, smtpd.ErrGone }
	}
	if !a.Auth.Off {
		policy.Auth = &smtpd.Auth{Mechanisms: a.mechanisms, Exchange: a.exchange}
	}
	if a.force || a.Auth.Must || a.same {
		policy.OnMail = append(policy.OnMail, a.mayMail)
	}
}

// warnings tells the log what is asked for and cannot be, ignored included.
func (a *Access) warnings(ignored []string) {
	if !a.Auth.Off {
		switch {
		case !a.offered && !a.implicit && !a.already && !a.open:
			a.warn(authAlone + noEffect)
		case a.Program == nil && a.Table == "" && !a.scram():
			a.warn(authEmpty + noEffect)
		}
	}
	for _, setting := range ignored {
		a.warn(setting + noEffect)
	}
}

func (a *Access) scram() bool {
	_, err := os.Stat(a.Proc.InHome("control", ScramTable))
	return err == nil
}

// mechanisms are those that EHLO names: none where a password could be seen.
func (a *Access) mechanisms(c *smtpd.Client) []string {
	if !c.Secure && !a.open {
		return nil
	}
	return a.more.Mechanisms(c)
}

// exchange serves AUTH mechanism [initial-response].
func (a *Access) exchange(c *smtpd.Client, argument string, ask func(string) (string, error)) (*smtpd.Login, string, error) {
	if !c.Secure && !a.open {
		return nil, replyEncrypt, nil
	}
	return a.more.Exchange(c, argument, ask)
}

// mayMail is what MAIL is answered when it is too early for it.
func (a *Access) mayMail(c *smtpd.Client, sender string) string {
	switch {
	case a.force && !c.Secure && !a.offered:
		return replyTLSGone
	case a.force && !c.Secure:
		return replyTLSOnly
	case a.Auth.Must && c.Login == nil:
		return replyWho
	case a.same && c.Authenticated() && sender != c.Login.User:
		return replyNotYou
	}
	return ""
}

// queue begins a message. The queueing program is told who sends it.
func (a *Access) queue(c *smtpd.Client) (smtpd.Queue, error) {
	open := a.parts.Open
	if open == nil {
		open = qclient.Open
	}
	m, err := open(c.Environment(a.Proc))
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (a *Access) warn(text string) { a.Proc.Stderr.WriteString(a.Proc.Name + warning + text) }

// flag tells whether a variable is set, and not to 0.
func flag(p *cmd.Proc, name string) bool {
	value, set := p.LookupEnv(name)
	return set && value != "0"
}
