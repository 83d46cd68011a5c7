package remote

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/sock"
)

// TCP is the Dialer of the network.
func TCP(local netip.Addr, addr netip.AddrPort, connect, timeout time.Duration) (io.ReadWriteCloser, error) {
	conn, err := sock.TCPFrom(local, addr, connect, timeout)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// Connect connects to the host that takes mail from sender for host: the first
// that answers of those that its route or the DNS name, the best first. A nil
// Conn is a failure, and the report says which.
func (e *Engine) Connect(sender, host string) (*Conn, Report) {
	route, err := e.way(sender, host)
	if err != nil {
		return nil, BadControl(err)
	}
	return e.connect(sender, host, route, once)
}

func (e *Engine) connect(sender, host string, route Route, how use) (*Conn, Report) {
	list, err := e.targets(host, route)
	if err != nil {
		if route.fixed {
			host = route.Relay
		}
		return nil, noTargets(host, err)
	}
	for _, t := range list {
		resting, listed := e.TimedOut.Resting(t.IP, e.Now(), e.Jitter)
		if resting {
			continue
		}
		idle, at := e.reuse(sender, route, t, how)
		if idle != nil {
			return idle, Report{}
		}
		conn, err := e.dial(sender, route, t)
		var here *sock.OpenError
		switch {
		case errors.As(err, &here):
			return nil, temporary(osError)
		case err != nil && sock.TimedOut(err):
			e.TimedOut.Fail(t.IP, e.Now())
		case listed: // it has answered, if only by refusing
			e.TimedOut.Clear(t.IP)
		}
		if err == nil {
			conn.returnsTo(at)
			return conn, Report{}
		}
	}
	return nil, temporary(noConnect)
}

// dial connects to one address, from the address and under the name that are
// due for sender.
func (e *Engine) dial(sender string, route Route, t Target) (*Conn, error) {
	own, name := e.own(sender, t)
	conn, err := e.Dial(own, netip.AddrPortFrom(t.IP, route.Port), e.ConnectTimeout, e.Timeout)
	if err != nil {
		return nil, err
	}
	c := newConn(conn, t)
	c.name = name
	return c, nil
}

// own returns the address to reach t from, which is not valid where the system
// is to choose, and what to say in the greeting.
func (e *Engine) own(sender string, t Target) (own netip.Addr, name string) {
	own, name = e.Sources.choose(sender, t.IP)
	if name == "" {
		name = e.HeloHost
	}
	return own, name
}

// noTargets reports that there is no address to connect to for host.
func noTargets(host string, err error) Report {
	var bad *control.Error
	switch {
	case errors.As(err, &bad):
		return BadControl(err)
	case err == errLocal:
		return temporary(osError)
	case err == errMe:
		return permanent(ambiguous)
	case err == ErrNullMX:
		return permanent(nullMX)
	case err == ErrNoExchanger:
		return permanent(noMX)
	case dns.Hard(err):
		return permanent(noHost + safe(host) + noHostEnd)
	}
	return temporary(noLookup)
}
