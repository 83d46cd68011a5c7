package clitest

import (
	"net"
	"testing"
)

// Serve is a server at address until the test's end, and returns where that is.
// Each connection is served in a goroutine of its own, and closed after that.
func Serve(t testing.TB, network, address string, serve func(net.Conn)) net.Addr {
	t.Helper()
	l, err := net.Listen(network, address)
	if err != nil {
		t.Fatal(err)
	}
	Accept(t, l, serve)
	return l.Addr()
}

// Accept is Serve for a listener that is there.
func Accept(t testing.TB, l net.Listener, serve func(net.Conn)) {
	t.Cleanup(func() { l.Close() })
	go func() {
		for c, err := l.Accept(); err == nil; c, err = l.Accept() {
			go func() {
				defer c.Close()
				serve(c)
			}()
		}
	}()
}
