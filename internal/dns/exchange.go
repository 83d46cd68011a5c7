package dns

import (
	"errors"
	"io"
	"math/rand/v2"
	"net/netip"
	"strings"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// What we take by UDP: what passes any network whole (RFC 9715).
	udpSize = 1232
	// Datagrams that answer another question, in one wait.
	maxStray = 64
	// A name as we write it, without its final dot (RFC 1035 2.3.4).
	maxName = 253
)

// lookup asks the servers in turn until one knows. alias is what name is
// called in truth, as far as the answer tells.
func lookup(c *Config, d Dialer, name string, kind dnsmessage.Type) (records []dnsmessage.ResourceBody, alias string, err error) {
	q, err := newQuestion(name, kind)
	if err != nil {
		return nil, "", err
	}
	q.dial = d
	first := 0
	if c.Rotate {
		first = rand.IntN(len(c.Servers))
	}
	failure := errServer
	for range c.Attempts {
		for i := range c.Servers {
			server := c.Servers[(first+i)%len(c.Servers)]
			records, alias, err = q.ask(server, c.wait(i), c.TCP)
			if err == nil || Hard(err) {
				return records, alias, err
			}
			failure = err
		}
	}
	return nil, "", failure
}

// question is one thing to ask, and how it looks in a packet.
type question struct {
	name dnsmessage.Name
	kind dnsmessage.Type
	dial Dialer
}

// newQuestion fails with ErrNoName for what cannot be a name.
func newQuestion(name string, kind dnsmessage.Type) (question, error) {
	name = strings.TrimSuffix(name, ".")
	if name == "" || len(name) > maxName {
		return question{}, ErrNoName
	}
	for _, label := range strings.Split(name, ".") {
		if label == "" || len(label) > 63 {
			return question{}, ErrNoName
		}
	}
	n, err := dnsmessage.NewName(name + ".")
	if err != nil {
		return question{}, ErrNoName
	}
	return question{name: n, kind: kind}, nil
}

// packet is the query as sent. edns announces that we take larger answers
// than RFC 1035 knew (RFC 6891).
func (q question) packet(id uint16, edns bool) ([]byte, error) {
	b := dnsmessage.NewBuilder(make([]byte, 0, 512), dnsmessage.Header{ID: id, RecursionDesired: true})
	err := b.StartQuestions()
	if err == nil {
		err = b.Question(dnsmessage.Question{Name: q.name, Type: q.kind, Class: dnsmessage.ClassINET})
	}
	if err == nil && edns {
		if err = b.StartAdditionals(); err == nil {
			var h dnsmessage.ResourceHeader
			h.SetEDNS0(udpSize, dnsmessage.RCodeSuccess, false)
			err = b.OPTResource(h, dnsmessage.OPTResource{})
		}
	}
	if err != nil {
		return nil, err
	}
	return b.Finish()
}

// errPlain is an answer of a server that does not know EDNS.
var errPlain = errors.New("the server does not know EDNS")

// errCut is an answer that did not fit into a datagram.
var errCut = errors.New("truncated answer")

// ask asks one server, as often as its peculiarities make necessary.
func (q question) ask(server netip.AddrPort, wait time.Duration, tcp bool) (records []dnsmessage.ResourceBody, alias string, err error) {
	for _, edns := range []bool{true, false} {
		if !tcp {
			records, alias, err = q.askUDP(server, wait, edns)
		}
		if tcp || err == errCut {
			records, alias, err = q.askTCP(server, wait, edns)
		}
		if err != errPlain {
			break
		}
	}
	return records, alias, err
}

func (q question) askUDP(server netip.AddrPort, wait time.Duration, edns bool) ([]dnsmessage.ResourceBody, string, error) {
	id := uint16(rand.Uint32())
	query, err := q.packet(id, edns)
	if err != nil {
		return nil, "", err
	}
	conn, err := q.dial(false, server, wait)
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	if _, err = conn.Write(query); err != nil {
		return nil, "", err
	}
	buf := make([]byte, 2*udpSize)
	for range maxStray {
		n, err := conn.Read(buf)
		if err != nil && err != io.EOF { // the end of a datagram without bytes is no end
			return nil, "", err
		}
		records, alias, err := q.parse(buf[:n], id, edns)
		if err != errStray {
			return records, alias, err
		}
	}
	return nil, "", errServer
}

// askTCP asks over a connection; a packet is preceded by its length there
// (RFC 1035 4.2.2).
func (q question) askTCP(server netip.AddrPort, wait time.Duration, edns bool) ([]dnsmessage.ResourceBody, string, error) {
	id := uint16(rand.Uint32())
	query, err := q.packet(id, edns)
	if err != nil {
		return nil, "", err
	}
	conn, err := q.dial(true, server, wait)
	if err != nil {
		return nil, "", err
	}
	defer conn.Close()
	if _, err = conn.Write(append([]byte{byte(len(query) >> 8), byte(len(query))}, query...)); err != nil {
		return nil, "", err
	}
	var length [2]byte
	if _, err = io.ReadFull(conn, length[:]); err != nil {
		return nil, "", err
	}
	answer := make([]byte, int(length[0])<<8|int(length[1]))
	if _, err = io.ReadFull(conn, answer); err != nil {
		return nil, "", err
	}
	records, alias, err := q.parse(answer, id, edns)
	if err == errStray || err == errCut {
		err = errAnswer
	}
	return records, alias, err
}
