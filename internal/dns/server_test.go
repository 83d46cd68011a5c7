package dns

import (
	"encoding/binary"
	"io"
	"net"
	"net/netip"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// query is what a server was asked.
type query struct {
	dnsmessage.Question
	id   uint16
	edns bool
	tcp  bool
}

// server answers each query with the packets that answer returns.
func server(t testing.TB, answer func(query) [][]byte) netip.AddrPort {
	t.Helper()
	udp, tcp := listen(t)
	addr := udp.LocalAddr().(*net.UDPAddr).AddrPort()
	go func() {
		buf := make([]byte, 4096)
		for {
			n, from, err := udp.ReadFrom(buf)
			if err != nil {
				return
			}
			for _, packet := range answer(unpack(t, buf[:n], false)) {
				udp.WriteTo(packet, from)
			}
		}
	}()
	go func() {
		for {
			c, err := tcp.Accept()
			if err != nil {
				return
			}
			var size [2]byte
			io.ReadFull(c, size[:])
			buf := make([]byte, binary.BigEndian.Uint16(size[:]))
			io.ReadFull(c, buf)
			for _, packet := range answer(unpack(t, buf, true)) {
				c.Write(binary.BigEndian.AppendUint16(nil, uint16(len(packet))))
				c.Write(packet)
			}
			c.Close()
		}
	}()
	return addr
}

// listen finds a port that is free for both protocols.
func listen(t testing.TB) (net.PacketConn, net.Listener) {
	for range 100 {
		udp, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		tcp, err := net.Listen("tcp", udp.LocalAddr().String())
		if err == nil {
			t.Cleanup(func() { udp.Close(); tcp.Close() })
			return udp, tcp
		}
		udp.Close()
	}
	t.Fatal("no port is free for UDP and TCP")
	return nil, nil
}

func unpack(t testing.TB, packet []byte, tcp bool) query {
	var m dnsmessage.Message
	if err := m.Unpack(packet); err != nil || len(m.Questions) != 1 || !m.RecursionDesired {
		t.Errorf("query %x: %v", packet, err)
		return query{}
	}
	return query{m.Questions[0], m.ID, len(m.Additionals) == 1, tcp}
}

// reply is an answer to q.
func reply(q query, change func(*dnsmessage.Message), records ...dnsmessage.ResourceBody) []byte {
	m := dnsmessage.Message{
		Header:    dnsmessage.Header{ID: q.id, Response: true, RecursionAvailable: true},
		Questions: []dnsmessage.Question{q.Question},
	}
	for _, body := range records {
		h := dnsmessage.ResourceHeader{Name: q.Name, Class: dnsmessage.ClassINET}
		if _, ok := body.(*dnsmessage.CNAMEResource); ok {
			h.Type = dnsmessage.TypeCNAME
		}
		m.Answers = append(m.Answers, dnsmessage.Resource{Header: h, Body: body})
	}
	if change != nil {
		change(&m)
	}
	b, err := m.Pack()
	if err != nil {
		panic(err)
	}
	return b
}

func code(c dnsmessage.RCode) func(*dnsmessage.Message) {
	return func(m *dnsmessage.Message) { m.RCode = c }
}

func a(ip string) dnsmessage.ResourceBody {
	return &dnsmessage.AResource{A: netip.MustParseAddr(ip).As4()}
}

func mx(pref uint16, host string) dnsmessage.ResourceBody {
	return &dnsmessage.MXResource{Pref: pref, MX: dnsmessage.MustNewName(host)}
}

func alias(host string) dnsmessage.ResourceBody {
	return &dnsmessage.CNAMEResource{CNAME: dnsmessage.MustNewName(host)}
}

// ask makes a Resolver of the servers that answers stand for.
func ask(t testing.TB, answers ...func(query) [][]byte) *Resolver {
	c := Config{Timeout: 20 * time.Second, Attempts: 2, Ndots: 1}
	for _, answer := range answers {
		c.Servers = append(c.Servers, server(t, answer))
	}
	return New(c)
}

// says is a server that always says the same.
func says(change func(*dnsmessage.Message), records ...dnsmessage.ResourceBody) func(query) [][]byte {
	return func(q query) [][]byte { return [][]byte{reply(q, change, records...)} }
}

// counting counts the queries that come to a server.
func counting(n *atomic.Int32, answer func(query) [][]byte) func(query) [][]byte {
	return func(q query) [][]byte { n.Add(1); return answer(q) }
}
