package client

import (
	"crypto/tls"
	"math/rand/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/remote"
)

// maxSessions is how many TLS sessions are kept to go on with.
const maxSessions = 256

// Deliverer is qmail-remote(8) for one message after the other, and for many
// at once. It reads the control files anew for each, as that does; connections
// and TLS sessions it may use again.
type Deliverer struct {
	p        *cmd.Proc
	idle     remote.Idle
	sessions tls.ClientSessionCache
}

// NewDeliverer returns a Deliverer of p's home and environment.
func NewDeliverer(p *cmd.Proc) *Deliverer {
	return &Deliverer{p: p, sessions: tls.NewLRUClientSessionCache(maxSessions)}
}

// Deliver does the job.
func (d *Deliverer) Deliver(job remote.Job) remote.Result {
	engine, failure := newEngine(d.p, d.sessions)
	if failure != nil {
		return *failure
	}
	engine.Resolver = dns.System(d.p.Getenv).By(dialDNS)
	engine.Dial = dialTCP
	engine.Jitter = rand.Int()
	engine.Idle = &d.idle
	return engine.Deliver(job)
}

// Close ends the connections that are kept.
func (d *Deliverer) Close() { d.idle.Close() }

// session is a cache for one handshake, which takes note of whether that was
// given a session.
type session struct {
	tls.ClientSessionCache
	used bool
}

func (s *session) Get(host string) (*tls.ClientSessionState, bool) {
	state, ok := s.ClientSessionCache.Get(host)
	s.used = s.used || ok && state != nil
	return state, ok
}
