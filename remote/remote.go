// Package remote delivers messages to other hosts by SMTP: it finds out where
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
	"qmailkit/internal/tcpto"
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

// Engine is what deliveries need. All its fields must be set.
type Engine struct {
	Settings
	Resolver Resolver
	Dial     Dialer
	Local    func() ([]netip.Addr, error) // this machine's addresses, see package ipme
	TimedOut tcpto.Table                  // hosts that do not answer
	Now      func() time.Time
	Jitter   int // spreads over time what waits for one host; any number, the process id
}

// Resolver is the DNS; package dns has it.
type Resolver interface {
	MX(name string) ([]dns.MX, error)
	IPv4(name string) ([]netip.Addr, error)
	IPv6(name string) ([]netip.Addr, error)
}

// Dialer connects to addr and waits for it as long as connect. Every Read and
// Write of the connection takes no longer than timeout. Its errors are those
// of package sock.
type Dialer func(addr netip.AddrPort, connect, timeout time.Duration) (io.ReadWriteCloser, error)

// Deliver does the job.
func (e *Engine) Deliver(job Job) Result {
	if !fits(job.Sender) {
		return Result{Message: permanent(badSender)}
	}
	c, report := e.Connect(job.Host)
	if c == nil {
		return Result{Message: report}
	}
	defer c.Close()
	if report, ok := c.Hello(e.HeloHost); !ok {
		return Result{Message: report}
	}
	return c.Send(job)
}
