package ident

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestParse(t *testing.T) {
	long := strings.Repeat("x", maxName)
	for line, want := range map[string]struct {
		name string
		ok   bool
	}{
		"1 , 2 : USERID : UNIX : joe\r\n": {"joe", true},
		"1,2:USERID:UNIX:a:b c\t\r\n":     {"a:bc", true},
		"1,2:USERID:UNIX:\n":              {"", true},
		"1,2:USERID:UNIX:a\x00b\n":        {"a", true},
		"1,2:USERID:UNIX:" + long + "y\n": {long, true},
		"hello\n":                         {"", true},
		"1,2:ERROR:NO-USER\r\n":           {"", false},
		"1,2 : error : X : joe\n":         {"", false},
	} {
		if name, ok := parse(line); name != want.name || ok != want.ok {
			t.Errorf("%.40q: %.40q %v", line, name, ok)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1 , 2 : USERID : UNIX : joe\r\n")
	f.Add("1,2:ERROR:NO-USER\r\n")
	f.Fuzz(func(t *testing.T, line string) {
		name, ok := parse(line)
		if strings.ContainsAny(name, " \t\r\n\x00") || len(name) > maxName || name != "" && !ok {
			t.Errorf("%q: %q %v", line, name, ok)
		}
	})
}

func TestAsk(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := listener.Addr().(*net.TCPAddr).AddrPort().Port()
	remote, local := netip.MustParseAddrPort("127.0.0.1:1234"), netip.MustParseAddrPort("127.0.0.1:25")
	for answer, want := range map[string]string{"1,2:USERID:UNIX:joe\r\n": "joe true", "1,2:USERID:UNIX:joe": " false",
		strings.Repeat("x", 2*maxAnswer) + "\n": " false"} {
		question := make(chan string, 1)
		go func() {
			conn, err := listener.Accept()
			if err != nil {
				question <- err.Error()
				return
			}
			defer conn.Close()
			line, _ := bufio.NewReader(conn).ReadString('\n')
			io.WriteString(conn, answer)
			question <- line
		}()
		name, ok := ask(at, remote, local, time.Minute)
		got := name + " false"
		if ok {
			got = name + " true"
		}
		if got != want {
			t.Errorf("%.30q: %s", answer, got)
		}
		if q := <-question; q != "1234 , 25\r\n" {
			t.Errorf("question %q", q)
		}
	}
	if name, ok := ask(at, remote, local, 10*time.Millisecond); ok { // the system lets us in, and nobody answers
		t.Errorf("no answer: %q", name)
	}
	listener.Close()
	if name, ok := ask(at, remote, local, time.Minute); ok {
		t.Errorf("nobody there: %q", name)
	}
}
