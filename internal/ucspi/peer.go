// Package ucspi reads what a UCSPI server such as tcpserver tells its program
// of the connection, tcp-environ(5), and puts it on record in messages.
package ucspi

import (
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/date822"
)

// unknown stands for what the environment does not tell.
const unknown = "unknown"

// Peer is the two ends of a connection.
type Peer struct {
	RemoteIP   string // "unknown" where the environment does not tell, as for the next
	RemoteHost string
	RemoteInfo string // what the client's ident server or its authentication says of the user
	HasInfo    bool   // whether RemoteInfo was given
	Local      string // our host name, else our address, else "unknown"
}

// FromEnv reads TCPREMOTEIP, TCPREMOTEHOST, TCPREMOTEINFO, TCPLOCALHOST and
// TCPLOCALIP.
func FromEnv(p *cmd.Proc) Peer {
	peer := Peer{RemoteIP: unknown, RemoteHost: unknown, Local: unknown}
	set := func(to *string, name string) bool {
		value, ok := p.LookupEnv(name)
		if ok {
			*to = value
		}
		return ok
	}
	set(&peer.RemoteIP, "TCPREMOTEIP")
	set(&peer.RemoteHost, "TCPREMOTEHOST")
	peer.HasInfo = set(&peer.RemoteInfo, "TCPREMOTEINFO")
	if !set(&peer.Local, "TCPLOCALHOST") {
		set(&peer.Local, "TCPLOCALIP")
	}
	return peer
}

// Received returns the trace field, two lines, that a message gets on its way
// in by protocol ("SMTP", "ESMTPS", "QMTP"; RFC 5321 4.4). helo is what the
// client called itself, "" where it need not be told.
func (peer Peer) Received(protocol, helo string, now time.Time) string {
	if helo == "" {
		return peer.received(protocol, "", now)
	}
	return peer.ReceivedHelo(protocol, helo, now)
}

// ReceivedHelo is Received for a client that called itself helo, which may be
// nothing at all.
func (peer Peer) ReceivedHelo(protocol, helo string, now time.Time) string {
	return peer.received(protocol, " (HELO "+Safe(helo)+")", now)
}

func (peer Peer) received(protocol, helo string, now time.Time) string {
	var b strings.Builder
	b.WriteString("Received: from " + Safe(peer.RemoteHost) + helo + " (")
	if peer.HasInfo {
		b.WriteString(Safe(peer.RemoteInfo) + "@")
	}
	b.WriteString(Safe(peer.RemoteIP) + ")\n  by " + Safe(peer.Local))
	b.WriteString(" with " + protocol + "; " + date822.Format(now) + "\n")
	return b.String()
}

// Safe puts '?' for every byte of s that could end a comment, a field or a
// line of a message or a log.
func Safe(s string) string {
	b := []byte(s)
	for i, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		case strings.IndexByte(".@%+/=:-[]", c) >= 0:
		default:
			b[i] = '?'
		}
	}
	return string(b)
}
