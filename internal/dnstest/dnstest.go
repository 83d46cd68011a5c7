// Package dnstest is a name server for tests of whole programs, which find it
// through $DNSCACHEIP. Tests only.
package dnstest

import (
	"net"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// Zone maps "name TYPE", the name in small letters, to records: an address, a
// name, a text, or "preference name", several of them with commas between. "SERVFAIL"
// is a server that is in trouble. What is not in it does not exist.
type Zone map[string]string

// Server serves z on port 53 of an address of its own, which it returns, until
// the test ends. It skips the test where it may not.
func Server(t testing.TB, z Zone) (ip string) {
	t.Helper()
	var err error
	for i := range 8 {
		ip = "127.77." + strconv.Itoa(os.Getpid()>>4&0xff) + "." + strconv.Itoa(1+os.Getpid()&0xf<<3+i)
		var conn net.PacketConn
		if conn, err = net.ListenPacket("udp", ip+":53"); err == nil {
			t.Cleanup(func() { conn.Close() })
			go z.serve(conn)
			return ip
		}
	}
	t.Skipf("no name server for this test: %v", err)
	return ""
}

func (z Zone) serve(conn net.PacketConn) {
	buf := make([]byte, 4096)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) != 1 {
			continue
		}
		if packet, err := z.answer(m); err == nil {
			conn.WriteTo(packet, from)
		}
	}
}

func (z Zone) answer(m dnsmessage.Message) ([]byte, error) {
	q := m.Questions[0]
	m.Response, m.RecursionAvailable, m.Additionals = true, true, nil
	name := strings.ToLower(strings.TrimSuffix(q.Name.String(), "."))
	value, ok := z[name+" "+strings.TrimPrefix(q.Type.String(), "Type")]
	switch {
	case value == "SERVFAIL":
		m.RCode = dnsmessage.RCodeServerFailure
	case ok:
		for _, v := range strings.Split(value, ",") {
			m.Answers = append(m.Answers, dnsmessage.Resource{
				Header: dnsmessage.ResourceHeader{Name: q.Name, Class: q.Class}, Body: body(q.Type, v),
			})
		}
	default:
		m.RCode = dnsmessage.RCodeNameError
	}
	return m.Pack()
}

func body(kind dnsmessage.Type, v string) dnsmessage.ResourceBody {
	switch kind {
	case dnsmessage.TypeA:
		return &dnsmessage.AResource{A: netip.MustParseAddr(v).As4()}
	case dnsmessage.TypeAAAA:
		return &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr(v).As16()}
	case dnsmessage.TypeMX:
		preference, host, _ := strings.Cut(v, " ")
		n, _ := strconv.Atoi(preference)
		return &dnsmessage.MXResource{Pref: uint16(n), MX: dnsmessage.MustNewName(host + ".")}
	}
	if kind == dnsmessage.TypeTXT {
		return &dnsmessage.TXTResource{TXT: []string{v}}
	}
	return &dnsmessage.PTRResource{PTR: dnsmessage.MustNewName(v + ".")}
}
