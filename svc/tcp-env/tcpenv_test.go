package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/dnstest"
	"qmailkit/internal/ident"
	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M)   { scripttest.Main(m, map[string]scripttest.Program{"tcp-env": Run}) }
func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }

func TestSeconds(t *testing.T) {
	for s, want := range map[string]time.Duration{
		"": 0, "x": 0, "5": 5 * time.Second, "007x": 7 * time.Second, "99999999999999999999": maxPatience * time.Second,
	} {
		if got := seconds(s); got != want {
			t.Errorf("%q: %v", s, got)
		}
	}
}

// connected returns one end of a connection, and its port and the other's.
func connected(t *testing.T) (end *os.File, local, remote int) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	server, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	if end, err = server.(*net.TCPConn).File(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { end.Close() })
	return end, server.LocalAddr().(*net.TCPAddr).Port, client.LocalAddr().(*net.TCPAddr).Port
}

func TestVariables(t *testing.T) {
	for zone, host := range map[string]string{"Mail.Example": "mail.example", "A\n.x\x00": `a\010.x\000`, "SERVFAIL": softName, "": ""} {
		names := dnstest.Zone{}
		if zone != "" {
			names["1.0.0.127.in-addr.arpa PTR"] = zone
		}
		server := dnstest.Server(t, names)
		end, local, remote := connected(t)
		env := []string{"DNSCACHEIP=" + server, "RES_OPTIONS=timeout:1 attempts:1", "PROTO=UDP",
			"TCPREMOTEHOST=old", "TCPLOCALHOST=old", "TCPREMOTEINFO=old"}
		p, _ := clitest.Proc(t, "tcp-env", clitest.World{Stdin: end, Env: env})
		if err := describe(p, false, time.Minute); err != nil {
			t.Errorf("%s: %v", zone, err)
		}
		want := []string{"PROTO=TCP", "TCPLOCALIP=127.0.0.1", fmt.Sprint("TCPLOCALPORT=", local),
			"TCPREMOTEIP=127.0.0.1", fmt.Sprint("TCPREMOTEPORT=", remote)}
		if host != "" {
			want = append(want, "TCPLOCALHOST="+host, "TCPREMOTEHOST="+host)
		}
		var got []string
		for _, e := range p.Env {
			if strings.HasPrefix(e, "TCP") || strings.HasPrefix(e, "PROTO") {
				got = append(got, e)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, not %q", zone, got, want)
		}
	}
}

func TestOwner(t *testing.T) {
	remote, local := netip.MustParseAddrPort("127.70.9.4:1234"), netip.MustParseAddrPort("127.0.0.1:25")
	listener, err := net.Listen("tcp", netip.AddrPortFrom(remote.Addr(), ident.Port).String())
	if err != nil {
		t.Skipf("no server can be set up on the port of ident: %v", err)
	}
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		bufio.NewReader(conn).ReadString('\n')
		io.WriteString(conn, "1,2:USERID:UNIX:joe\r\n")
	}()
	if name, ok := owner(remote, local, time.Minute); !ok || name != "joe" {
		t.Errorf("%q %v", name, ok)
	}
	if name, ok := owner(remote, local, 10*time.Millisecond); ok { // the system lets us in, and nobody answers
		t.Errorf("no answer: %q", name)
	}
	listener.Close()
	if name, ok := owner(remote, local, time.Minute); ok {
		t.Errorf("nobody there: %q", name)
	}
}

// An answer that comes byte by byte keeps nobody waiting for good.
func TestImpatient(t *testing.T) {
	if _, err := (impatient{nil, time.Now().Add(-time.Second)}).Read(make([]byte, 1)); !errors.Is(err, syscall.ETIMEDOUT) {
		t.Error(err)
	}
}
