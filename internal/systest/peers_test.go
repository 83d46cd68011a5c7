package systest

import (
	"net"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// sink runs Postfix's smtp-sink; what it takes is kept in files called
// NAME.*, in the folder peers. More arguments make it refuse.
func (s *system) sink(name, address string, args ...string) {
	s.t.Helper()
	path, err := exec.LookPath("smtp-sink")
	if err != nil {
		if path, err = exec.LookPath("/usr/sbin/smtp-sink"); err != nil {
			s.t.Skip("smtp-sink is not installed (it comes with Postfix)")
		}
	}
	if s.rootHere() {
		args = append(args, "-u", "nobody")
	}
	args = append(args, "-d", name+".%M.", address, "100")
	cmd := exec.Command(path, args...)
	cmd.Dir = s.peers
	s.must(cmd.Start())
	s.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	s.awaitServer("smtp-sink", address)
}

// awaitServer waits until somebody takes connections at address.
func (s *system) awaitServer(who, address string) {
	s.t.Helper()
	s.await(who+" at "+address, func() bool {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

// sinks starts the three peers of prepare's smtproutes: far takes mail, sulky
// refuses every recipient for good, busy for now.
func (s *system) sinks() {
	s.t.Helper()
	s.sink("far", "127.0.0.2:2525")
	s.sink("sulky", "127.0.0.2:2526", "-f", "RCPT")
	s.sink("busy", "127.0.0.2:2527", "-r", "RCPT")
}

// taken waits for a message with all of the texts at a sink. Its copy begins
// with lines about the envelope.
func (s *system) taken(name string, parts ...string) string {
	s.t.Helper()
	return s.holds("what smtp-sink took", filepath.Join(s.peers, name+".*"), parts...)
}

// nameServer answers for the zone: MX records for names in mx (to the host
// mail.NAME), and addresses for hosts. All else does not exist.
func nameServer(t *testing.T, mx map[string]string, hosts map[string][4]byte) {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:53")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buf := make([]byte, 512)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			if reply, err := answer(buf[:n], mx, hosts); err == nil {
				conn.WriteTo(reply, from)
			}
		}
	}()
}

func answer(query []byte, mx map[string]string, hosts map[string][4]byte) ([]byte, error) {
	var m dnsmessage.Message
	if err := m.Unpack(query); err != nil {
		return nil, err
	}
	m.Response, m.Authoritative, m.RecursionAvailable, m.Additionals = true, true, true, nil
	q := m.Questions[0]
	name := q.Name.String()
	h := dnsmessage.ResourceHeader{Name: q.Name, Type: q.Type, Class: dnsmessage.ClassINET, TTL: 60}
	to, isMX := mx[name]
	address, isHost := hosts[name]
	switch {
	case isMX && (q.Type == dnsmessage.TypeMX || q.Type == dnsmessage.TypeALL):
		h.Type = dnsmessage.TypeMX
		m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.MXResource{Pref: 10, MX: dnsmessage.MustNewName(to)}}}
	case isHost && (q.Type == dnsmessage.TypeA || q.Type == dnsmessage.TypeALL):
		h.Type = dnsmessage.TypeA
		m.Answers = []dnsmessage.Resource{{Header: h, Body: &dnsmessage.AResource{A: address}}}
	case !isMX && !isHost:
		m.RCode = dnsmessage.RCodeNameError
	}
	return m.Pack()
}
