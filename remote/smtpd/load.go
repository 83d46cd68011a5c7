package smtpd

import (
	"errors"
	"strings"
	"sync"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/ipme"
	"qmailkit/internal/rcpthosts"
	"qmailkit/internal/ucspi"
)

// Unusable is a setting with which no client can be served; Reply is what
// clients are told.
type Unusable struct{ Reply string }

func (e *Unusable) Error() string { return e.Reply }

// defaultTimeout is how many seconds a client may keep still.
const defaultTimeout = 1200

// Timeout returns control/timeoutsmtpd: how long a client may keep still.
func Timeout(dir control.Dir) (time.Duration, error) {
	n, ok, err := dir.Int("timeoutsmtpd")
	if !ok {
		n = defaultTimeout
	}
	return time.Duration(max(n, 1)) * time.Second, err
}

// Load makes the policy that p's control files and environment ask for. The
// error is one of *Unusable, ErrParts, or of a control file that cannot be read.
func Load(p *cmd.Proc, parts Parts) (*Policy, error) {
	l := loader{p: p, dir: control.Dir(p.InHome("control")), policy: &Policy{}, parts: parts}
	l.present = parts.Listing.names(string(l.dir), p.Now)
	for _, step := range []func() error{
		l.doors, l.hosts, l.base, l.lists, l.helo, l.sender, l.valid, l.programs, l.blocklists, l.limits, l.delays, l.logging, l.extensions, l.ignored,
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	if l.asksDNS && parts.Resolver == nil {
		return nil, ErrParts
	}
	return l.policy, nil
}

// ReplyFor returns what a client is told of Load's error.
func ReplyFor(err error) string {
	var u *Unusable
	if errors.As(err, &u) {
		return u.Reply
	}
	return replyNoControls
}

type loader struct {
	p       *cmd.Proc
	dir     control.Dir
	present map[string]bool // the control files that there are; nil: not known
	dialect string          // control/dialect
	policy  *Policy

	parts   Parts
	asksDNS bool
}

// missing tells whether there is no control file called name for sure.
func (l *loader) missing(name string) bool { return l.present != nil && !l.present[name] }

// line is the first one of a control file.
func (l *loader) line(name string) (text string, ok bool, err error) {
	if l.missing(name) {
		return "", false, nil
	}
	return l.dir.Line(name)
}

// hosts are the names that control/me stands in for.
func (l *loader) hosts() error {
	me, haveMe, err := l.dir.Line("me")
	if err != nil {
		return err
	}
	greeting, ok, err := l.line("smtpgreeting")
	if err != nil {
		return err
	}
	if !ok {
		greeting = me
	}
	if !ok && !haveMe {
		return &Unusable{replyNoControls}
	}
	if own, set := l.p.LookupEnv("SMTPGREETING"); set {
		greeting = oneLine(own)
	}
	l.policy.Greeting = greeting
	local, ok, err := l.line("localiphost")
	if err != nil {
		return err
	}
	if !ok {
		local = me
	}
	if ok || haveMe {
		local, _, _ = strings.Cut(local, "\x00") // it becomes a part of addresses
		l.policy.LocalIPHost = &local
		l.policy.OwnIPs = sync.OnceValues(ipme.Addrs)
	}
	return nil
}

func (l *loader) base() error {
	hosts, err := rcpthosts.Open(l.dir)
	if err != nil {
		return err
	}
	l.policy.Accepts, l.policy.hosts = hosts.Accepts, hosts
	if l.policy.DataBytes, err = ucspi.DataBytes(l.p, l.dir); err != nil {
		return err
	}
	l.policy.RelaySuffix, l.policy.Relay = l.p.LookupEnv("RELAYCLIENT")
	l.policy.BareLF = l.flag("ALLOW_BARELF")
	return nil
}

// flag tells whether a variable is set, and not to 0.
func (l *loader) flag(name string) bool {
	value, ok := l.p.LookupEnv(name)
	return ok && value != "0"
}

// number is the first of the variables that is a number, else the control file
// called file, else 0.
func (l *loader) number(file string, variables ...string) (int, error) {
	for _, name := range variables {
		if n, digits := control.LeadingInt(l.p.Getenv(name)); digits > 0 {
			return n, nil
		}
	}
	if file == "" || l.missing(file) {
		return 0, nil
	}
	n, _, err := l.dir.Int(file)
	return n, err
}

// jmsFloor is what smaller limits count as in the jms1 patch.
const jmsFloor = 100

func (l *loader) limits() error {
	p := l.policy
	var err error
	if p.MaxRecipients, err = l.number("maxrcpt", "MAXRCPT", "MAXRECIPIENTS", "MAXRCPTCOUNT"); err != nil {
		return err
	}
	if l.dialect == "jms1" && p.MaxRecipients > 0 {
		p.MaxRecipients = max(p.MaxRecipients, jmsFloor)
	}
	if l.flag("DISABLE_MAXRCPT") {
		p.MaxRecipients = 0
	}
	if p.MaxBad, err = l.number("brtlimit", "BRTLIMIT"); err != nil {
		return err
	}
	n, err := l.number("rejectnullsenders", "REJECTNULLSENDERS")
	if err != nil {
		return err
	}
	p.NoNullSender = n > 0
	n, err = l.number("rejectrelaytest", "RELAYREJ")
	p.NoRelayTests = n > 0 || l.flag("BLOCKRELAYPROBE")
	return err
}

// doors obeys qmail-ldap's 421GREETING and 550GREETING: clients that are not
// served at all.
func (l *loader) doors() error {
	for name, reply := range map[string]string{
		"421GREETING": "421 service temporarily not available (#4.3.2)", "550GREETING": "550 service not available for you (#5.7.1)",
	} {
		if _, set := l.p.LookupEnv(name); set {
			return &Unusable{reply}
		}
	}
	return nil
}

// notorious is the delay that makes of s/qmail's tarpit an end: that many
// recipients who are not valid are enough.
const notorious = 999

// maxDelay keeps a delay from being for ever.
const maxDelay = 300 // seconds

func (l *loader) delays() error {
	p := l.policy
	var err error
	if p.TarpitCount, err = l.number("tarpitcount", "TARPITCOUNT"); err != nil {
		return err
	}
	n, err := l.number("tarpitdelay", "TARPITDELAY")
	if err != nil {
		return err
	}
	p.TarpitDelay = time.Duration(min(n, maxDelay)) * time.Second
	if n == notorious && p.TarpitCount > 0 {
		p.MaxUnlisted, n = p.TarpitCount, 0
	}
	if n == 0 {
		p.TarpitCount = 0
	}
	n, _ = l.number("", "SMTPD_GREETDELAY", "GREETDELAY")
	p.GreetDelay = time.Duration(min(n, maxDelay)) * time.Second
	n, _ = l.number("", "DROP_PRE_GREET")
	_, ldap := l.p.LookupEnv("DROPRUSHGREET")
	p.DropEarly = n > 0 || ldap
	return nil
}
