package sock

import (
	"errors"
	"io"
	"net"
	"net/netip"
	"syscall"
	"testing"
	"time"
)

const long = 20 * time.Second

func TestTCP(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "::1"} {
		l, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
		if err != nil {
			t.Logf("%s: %v", host, err)
			continue
		}
		go func() {
			c, err := l.Accept()
			if err == nil {
				io.Copy(c, c)
				c.Close()
			}
		}()
		addr := l.Addr().(*net.TCPAddr).AddrPort()
		c, err := TCP(addr, long, long)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Write([]byte("hello")); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 5)
		if _, err := io.ReadFull(c, buf); err != nil || string(buf) != "hello" {
			t.Errorf("%q %v", buf, err)
		}
		c.Close()
		l.Close()
		if c, err := TCP(addr, long, long); !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("nobody listens: %v %v", c, err)
		}
	}
}

func TestReadTimesOut(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := TCP(l.Addr().(*net.TCPAddr).AddrPort(), long, time.Millisecond)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Read(make([]byte, 1)); !TimedOut(err) {
		t.Error(err)
	}
}

// A listener whose queue is full leaves the next one waiting.
func TestConnectTimesOut(t *testing.T) {
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Listen(fd, 0); err != nil {
		t.Fatal(err)
	}
	sa, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), uint16(sa.(*syscall.SockaddrInet4).Port))
	for range 64 {
		c, err := TCP(addr, 50*time.Millisecond, long)
		if err == nil {
			defer c.Close()
			continue
		}
		if !TimedOut(err) {
			t.Skipf("this system refuses: %v", err)
		}
		return
	}
	t.Skip("this system has room for 64 connections that nobody asked for")
}

func TestUDP(t *testing.T) {
	l, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		buf := make([]byte, 100)
		n, from, err := l.ReadFrom(buf)
		if err == nil {
			l.WriteTo(buf[:n], from)
		}
	}()
	addr := l.LocalAddr().(*net.UDPAddr).AddrPort()
	c, err := UDP(addr, long)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.Write([]byte("hi")); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := c.Read(buf); err != nil || string(buf[:n]) != "hi" {
		t.Errorf("%q %v", buf[:n], err)
	}
	l.Close()
	c.Write([]byte("anybody"))
	if _, err := c.Read(buf); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("nobody listens: %v", err)
	}
}

func TestZone(t *testing.T) {
	for s, want := range map[string]uint32{"": 0, "3": 3, "12": 12, "eth0": 0} {
		if got := zone(s); got != want {
			t.Errorf("%q: %d", s, got)
		}
	}
}
