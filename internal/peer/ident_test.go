package peer

import (
	"bufio"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"
)

func TestOwner(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	at := listener.Addr().(*net.TCPAddr).AddrPort().Port()
	remote, local := netip.MustParseAddrPort("127.0.0.1:1234"), netip.MustParseAddrPort("127.0.0.1:25")
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		bufio.NewReader(conn).ReadString('\n')
		io.WriteString(conn, "1,2:USERID:UNIX:joe\r\n")
	}()
	if name, ok := owner(at, remote, local, time.Minute); !ok || name != "joe" {
		t.Errorf("%q %v", name, ok)
	}
	if name, ok := owner(at, remote, local, 10*time.Millisecond); ok { // the system lets us in, and nobody answers
		t.Errorf("no answer: %q", name)
	}
	listener.Close()
	if name, ok := owner(at, remote, local, time.Minute); ok {
		t.Errorf("nobody there: %q", name)
	}
}
