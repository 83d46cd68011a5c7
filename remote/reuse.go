package remote

import (
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// How long a connection waits for another message, how many may wait, and how
// many messages one takes.
const (
	idleTime    = 3 * time.Second
	maxIdle     = 200
	maxIdleHere = 60 // for the same place
	maxMessages = 100
)

// doubt is how long a host has to answer the first command on a connection
// that was idle: it may have forgotten us.
const doubt = 30 * time.Second

// Stream is what a Dialer's connections have to be to take one message after
// the other.
type Stream interface {
	io.ReadWriteCloser
	Quiet() bool                // the other side has neither said anything nor hung up
	SetTimeout(d time.Duration) // of every Read and Write from now on
}

// place is what connections must agree in to stand for one another: both ends,
// and all that was arranged between them.
type place struct {
	own          netip.Addr // not valid where the system chooses
	addr         netip.AddrPort
	name         string // what we call ourselves
	host         string // the other side's
	login        Login
	demand       Demand
	avoid, check bool
	must         string
}

// place returns where t is, for mail from sender.
func (e *Engine) place(sender string, route Route, t Target) (place, error) {
	own, name := e.own(sender, t)
	policy, err := e.TLS(t.Name, route.demand)
	return place{
		own: own, addr: netip.AddrPortFrom(t.IP, route.Port), name: name, host: t.Name, login: route.Login,
		demand: route.demand, avoid: policy.Avoid, check: policy.Verify, must: policy.Must,
	}, err
}

// Idle keeps connections for further messages. The zero Idle is ready; many
// goroutines may use it at once.
type Idle struct {
	mu     sync.Mutex
	conns  []*Conn // those used last at the end
	closed bool
}

// take returns a connection to the place at which nothing has happened since
// it became idle.
func (i *Idle) take(at place) *Conn {
	for {
		c := i.pick(at)
		if c == nil || c.in.Buffered() == 0 && c.stream.Quiet() {
			return c
		}
		c.Close()
	}
}

func (i *Idle) pick(at place) *Conn {
	i.mu.Lock()
	defer i.mu.Unlock()
	for n := len(i.conns) - 1; n >= 0; n-- {
		if c := i.conns[n]; *c.place == at {
			i.conns = slices.Delete(i.conns, n, n+1)
			return c
		}
	}
	return nil
}

// give takes a connection that is ready for another message, and ends those
// that are too many.
func (i *Idle) give(c *Conn) {
	i.mu.Lock()
	defer i.mu.Unlock()
	here := 0
	for _, other := range i.conns {
		if *other.place == *c.place {
			here++
		}
	}
	if i.closed || here >= maxIdleHere || len(i.conns) >= maxIdle || c.messages >= maxMessages {
		go c.leave()
		return
	}
	c.since = time.Now()
	i.conns = append(i.conns, c)
	if len(i.conns) == 1 {
		time.AfterFunc(idleTime, i.expire)
	}
}

// expire ends those that have waited long enough.
func (i *Idle) expire() {
	i.mu.Lock()
	n := 0
	for n < len(i.conns) && time.Since(i.conns[n].since) >= idleTime {
		n++
	}
	old := i.conns[:n:n]
	i.conns = slices.Clone(i.conns[n:])
	if len(i.conns) > 0 {
		time.AfterFunc(idleTime-time.Since(i.conns[0].since), i.expire)
	}
	i.mu.Unlock()
	for _, c := range old {
		c.leave()
	}
}

// Close says goodbye on all connections; those at work end after their message.
func (i *Idle) Close() {
	i.mu.Lock()
	conns := i.conns
	i.conns, i.closed = nil, true
	i.mu.Unlock()
	for _, c := range conns {
		c.leave()
	}
}

// leave says goodbye and does not wait for an answer.
func (c *Conn) leave() {
	if c.stream != nil {
		c.stream.SetTimeout(time.Second)
	}
	c.write("QUIT")
	c.out.Flush()
	c.Close()
}

// use is what open may do with connections for several messages.
type use int

const (
	once  use = iota // makes one, for one message
	keeps            // makes one that may take others later
	takes            // takes one that is idle, if there is one
)

// reuse returns an idle connection to t, nil if there is none; otherwise at is
// where the one that is going to be made may be used again.
func (e *Engine) reuse(sender string, route Route, t Target, how use) (c *Conn, at *place) {
	if how == once {
		return nil, nil
	}
	here, err := e.place(sender, route, t)
	if err != nil {
		return nil, nil
	}
	if how == takes {
		c = e.Idle.take(here)
	}
	if c != nil {
		c.reused, c.committed, c.spare, c.timeout = true, false, false, e.Timeout
		c.stream.SetTimeout(min(e.Timeout, doubt))
	}
	return c, &here
}

// returnsTo has the connection take several messages, at that place.
func (c *Conn) returnsTo(at *place) {
	if c.stream, _ = c.conn.(Stream); c.stream != nil {
		c.place = at
	}
}

// bySMTP does the job.
//
// Whatever a host says on a connection that was idle before it has seen any of
// the message may be about what was there before: it is going to hang up, or
// has had enough for now. Then all begins anew on another connection, which
// repeats nothing that anybody has accepted. Only the refusal of a recipient
// for good counts.
func (e *Engine) bySMTP(job Job, route Route) Result {
	start, again := rewinder(job.Message)
	how := once
	if e.Idle != nil && again {
		how = takes
	}
	for {
		c, report := e.open(job.Sender, job.Host, route, how)
		if c == nil {
			return Result{Message: report}
		}
		result := c.Send(job)
		final := !c.reused || c.committed || result.refused(len(job.Recipients))
		if c.spare {
			e.Idle.give(c)
		} else {
			c.Close()
		}
		if final {
			return result
		}
		if _, err := job.Message.(io.Seeker).Seek(start, io.SeekStart); err != nil {
			return Result{Message: temporary(noRead)}
		}
		how = keeps
	}
}

// rewinder tells where a message begins, if it can be read again from there.
func rewinder(message io.Reader) (start int64, again bool) {
	s, ok := message.(io.Seeker)
	if !ok {
		return 0, false
	}
	start, err := s.Seek(0, io.SeekCurrent)
	return start, err == nil
}

// refused tells whether a host has refused all of n recipients for good.
func (r Result) refused(n int) bool {
	return len(r.Recipients) == n &&
		!slices.ContainsFunc(r.Recipients, func(r Report) bool { return r.Letter != RecipientRejected })
}
