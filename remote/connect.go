package remote

import (
	"errors"
	"io"
	"net/netip"
	"time"

	"qmailkit/internal/dns"
	"qmailkit/internal/sock"
)

// TCP is the Dialer of the network.
func TCP(addr netip.AddrPort, connect, timeout time.Duration) (io.ReadWriteCloser, error) {
	conn, err := sock.TCP(addr, connect, timeout)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// Connect connects to the host that takes mail for host: the first that
// answers of those that its route or the DNS name, the best first. A nil Conn
// is a failure, and the report says which.
func (e *Engine) Connect(host string) (*Conn, Report) {
	route, err := e.Routes.Find(host)
	if err != nil {
		return nil, temporary(badRoute + safe(host) + badRouteEnd)
	}
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
		conn, err := e.Dial(netip.AddrPortFrom(t.IP, route.Port), e.ConnectTimeout, e.Timeout)
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
			return newConn(conn, t.IP), Report{}
		}
	}
	return nil, temporary(noConnect)
}

// noTargets reports that there is no address to connect to for host.
func noTargets(host string, err error) Report {
	switch {
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
