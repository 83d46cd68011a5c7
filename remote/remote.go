// Package remote delivers messages to other hosts by SMTP or QMTP: it finds out
// where
// a domain's mail goes, connects, and hands one message to one host for any
// number of recipients. It keeps no state of the process: what a delivery
// touches of the outside stands in an Engine, so that many can run side by
// side, in qmail-remote(8) as in a program that stays.
package remote

import (
	"io"
	"net/netip"
	"time"

	"qmailkit/internal/dns"
)

// Job is one message for recipients whose mail goes to one host.
type Job struct {
	Host       string // a domain, or an address with or without brackets
	Sender     string // as in the envelope, unquoted; "" is the null sender
	Recipients []string
	Message    io.Reader // is read once, and only when the other side wants it
}

// Result is what became of a Job.
type Result struct {
	// Recipients holds a report for each recipient, in order; for the first
	// few, or none, where the delivery ended before the others were named.
	Recipients []Report
	Message    Report
}

// Engine is what deliveries need. All its fields but Idle must be set.
type Engine struct {
	Settings
	Resolver Resolver
	Dial     Dialer
	Local    func() ([]netip.Addr, error) // this machine's addresses, see package ipme
	Mine     func() (Mine, error)         // corrections of them, see LoadMine
	TLS      func(host string, demand Demand) (Policy, error)
	// NewLogin returns the best of the ways to log in that are offered, nil
	// where there is none; private is the connection if it is by TLS.
	NewLogin func(offered []string, l Login, private io.ReadWriteCloser) Mechanism
	TimedOut TimeOuts // hosts that do not answer
	Now      func() time.Time
	Jitter   int   // spreads over time what waits for one host; any number, the process id
	Idle     *Idle // connections for further messages; nil makes one for each
}

// Resolver is the DNS; package dns has it.
type Resolver interface {
	MX(name string) ([]dns.MX, error)
	IPv4(name string) ([]netip.Addr, error)
	IPv6(name string) ([]netip.Addr, error)
}

// TimeOuts is the table of hosts that do not answer; package tcpto has it.
type TimeOuts interface {
	Resting(ip netip.Addr, now time.Time, jitter int) (resting, listed bool)
	Clear(ip netip.Addr)
	Fail(ip netip.Addr, now time.Time)
}

// Policy is what to do about TLS with one host; package tlsconf knows.
type Policy struct {
	Host   string // its name in small letters; "" for a bare address
	Avoid  bool   // do without, though the host offers it
	Must   string // what demands TLS, without which nothing is sent: "control/tlshosts/HOST.pem exists"; "" is nothing
	Verify bool   // the handshake fails unless the host's certificate is as demanded

	// Handshake makes a connection private. Closing it does not close conn.
	// version is "TLSv1.3". A *control.Error is a fault on this side; after a
	// *ResumeError another try may succeed.
	Handshake func(conn io.ReadWriter) (private io.ReadWriteCloser, version string, err error)
	// Failed notes that a handshake has failed.
	Failed func()
}

// Mechanism is one way to log in; package sasl has them.
type Mechanism interface {
	Name() string
	Initial() []byte // goes with the AUTH command; nil is none
	Next(challenge []byte) (response []byte, err error)
	Done() bool // the host has shown all that it has to; its yes counts
}

// Dialer connects to addr from local, or from any address where local is not
// valid, and waits for it as long as connect. Every Read and Write of the
// connection takes no longer than timeout. Its errors are those of package
// sock.
type Dialer func(local netip.Addr, addr netip.AddrPort, connect, timeout time.Duration) (io.ReadWriteCloser, error)

// Deliver does the job.
func (e *Engine) Deliver(job Job) Result {
	if !fits(job.Sender) {
		return Result{Message: permanent(badSender)}
	}
	route, err := e.way(job.Sender, job.Host)
	if err != nil {
		return Result{Message: BadControl(err)}
	}
	if route.QMTP {
		return e.byQMTP(job, route)
	}
	return e.bySMTP(job, route)
}
