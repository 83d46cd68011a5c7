package client

import (
	"crypto/tls"
	"math/rand/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/internal/stamp"
	"qmailkit/internal/tcpto"
	"qmailkit/remote"
)

// maxSessions is how many TLS sessions are kept to go on with.
const maxSessions = 256

// Deliverer is qmail-remote(8) for one message after the other, and for many
// at once. Each is made by the control files as they are then; those are read
// again when they have changed. Connections and TLS sessions may be used again.
type Deliverer struct {
	p        *cmd.Proc
	idle     remote.Idle
	sessions tls.ClientSessionCache
	settings stamp.Kept[remote.Settings]
	mine     stamp.Kept[remote.Mine]
	timedOut *tcpto.Kept
}

// NewDeliverer returns a Deliverer of p's home and environment.
func NewDeliverer(p *cmd.Proc) *Deliverer {
	d := &Deliverer{p: p, sessions: tls.NewLRUClientSessionCache(maxSessions), timedOut: table(p).Keep(p.Now)}
	keep(&d.settings, p, remote.LoadSettings)
	keep(&d.mine, p, remote.LoadMine)
	return d
}

// Deliver does the job.
func (d *Deliverer) Deliver(job remote.Job) remote.Result {
	engine, failure := newEngine(d.p, d.sessions, d.settings.Get)
	if failure != nil {
		return *failure
	}
	engine.Resolver = dns.System(d.p.Getenv).By(dialDNS)
	engine.Dial = dialTCP
	engine.Mine = d.mine.Get
	engine.TimedOut = d.timedOut
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
