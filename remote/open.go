package remote

import (
	"errors"

	"qmailkit/internal/control"
	"qmailkit/internal/printable"
	"qmailkit/internal/smtpwire"
)

// Open connects to the host that takes mail from sender for host, and comes as
// far as where a message can be sent: greeting, TLS, login. A nil Conn is a
// failure, and the report says which.
func (e *Engine) Open(sender, host string) (*Conn, Report) {
	route, err := e.way(sender, host)
	if err != nil {
		return nil, BadControl(err)
	}
	return e.open(sender, host, route, once)
}

// maxOpen bounds how often one host is connected to for one message.
const maxOpen = 3

func (e *Engine) open(sender, host string, route Route, how use) (*Conn, Report) {
	c, report := e.connect(sender, host, route, how)
	if c == nil || c.reused {
		return c, report
	}
	report, state := e.begin(c, route, true)
	for n := 1; state == exposed || state == again && n < maxOpen; n++ {
		c.Close()
		next, err := e.dial(sender, route, c.target)
		if err != nil {
			return nil, temporary(noConnect)
		}
		if state == again {
			next.returnsTo(c.place)
		}
		c = next
		report, state = e.begin(c, route, state == again)
	}
	if state != ready {
		c.Close()
		return nil, report
	}
	return c, Report{}
}

// How far a connection has come.
type state int

const (
	failed  state = iota // the report ends the delivery
	exposed              // it is useless now; another one, without TLS, may do
	again                // it is useless now; another one, without the TLS session of an earlier one, may do
	ready
)

// begin takes a new connection to where a message can be sent.
func (e *Engine) begin(c *Conn, route Route, offer bool) (Report, state) {
	policy, err := e.TLS(c.target.Name, route.demand)
	if err != nil {
		return BadControl(err), failed
	}
	if route.implicit() {
		if err := c.secure(policy); err != nil {
			return c.insecure(err), resumed(err)
		}
	}
	if report, ok := c.Hello(); !ok {
		return report, failed
	}
	if c.private == nil {
		if report, state := e.startTLS(c, policy, route, offer && !policy.Avoid); state != ready {
			return report, state
		}
	}
	if route.Login.User != "" {
		if report, ok := e.login(c, route.Login); !ok {
			return report, failed
		}
	}
	return Report{}, ready
}

// startTLS uses TLS where the host offers it and want is set, and nothing else
// where it must (RFC 3207). After a handshake that failed nobody is left to
// talk to; the next connection does without, but never one that a password is
// meant for.
func (e *Engine) startTLS(c *Conn, policy Policy, route Route, want bool) (Report, state) {
	if !want || !c.extensions.Has("STARTTLS") {
		return c.inClear(policy)
	}
	reply, err := c.command("STARTTLS")
	if err != nil {
		return c.dropped(false), failed
	}
	if reply.Code != 220 {
		return c.inClear(policy)
	}
	if err := c.secure(policy); err != nil {
		if resumed(err) == again {
			return c.insecure(err), again
		}
		var local *control.Error
		if policy.Must != "" || route.Login.User != "" || errors.As(err, &local) {
			return c.insecure(err), failed
		}
		policy.Failed()
		return Report{}, exposed
	}
	if report, ok := c.introduce(); !ok {
		return report, failed
	}
	return Report{}, ready
}

// inClear goes on without TLS, if the policy lets it.
func (c *Conn) inClear(policy Policy) (Report, state) {
	if policy.Must == "" {
		return Report{}, ready
	}
	return c.quit(Deferred, noTLS+policy.Must+noTLSEnd, tlsCode, smtpwire.Reply{}), failed
}

// ResumeError is a handshake that failed where an earlier connection's session
// was to go on.
type ResumeError struct{ Err error }

func (e *ResumeError) Error() string { return e.Err.Error() }
func (e *ResumeError) Unwrap() error { return e.Err }

// resumed is how far a connection has come whose handshake failed.
func resumed(err error) state {
	if errors.As(err, new(*ResumeError)) {
		return again
	}
	return failed
}

// errEarly is a host, or somebody in between, who talks before the handshake:
// what they say would count as if it had been said behind it.
var errEarly = errors.New("text in front of the handshake")

// secure makes the connection one of TLS.
func (c *Conn) secure(policy Policy) error {
	if c.in.Buffered() > 0 {
		return errEarly
	}
	conn, version, err := policy.Handshake(c.conn)
	if err != nil {
		return err
	}
	c.private, c.version, c.verified = conn, version, policy.Verify
	c.in.Reset(conn)
	c.out.Reset(conn)
	return nil
}

// maxReason is how much is told of why a handshake failed.
const maxReason = 200

// insecure reports a handshake that failed.
func (c *Conn) insecure(err error) Report {
	var local *control.Error
	if errors.As(err, &local) {
		return BadControl(err)
	}
	reason := printable.Replace(err.Error(), '?')
	return temporary("TLS connect failed: " + reason[:min(len(reason), maxReason)] + "; connecting to " + c.peer + tlsCode + ".\n")
}

// protocol is the line that reports end with where TLS was used.
func (c *Conn) protocol() string {
	if c.private == nil {
		return ""
	}
	with := "[" + c.peer + "]"
	if c.target.Name != "" {
		with = safe(c.target.Name) + " " + with
	}
	if c.verified {
		with += ", verified"
	}
	return "Protocol: " + c.version + " with " + with + ".\n"
}
