package ssl

import (
	"crypto/tls"
	"io"
	"net"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// pieceSize is how much is passed on at once, in bytes: a TLS record.
const pieceSize = 16 << 10

// Conn makes a connection of package net of a descriptor, which stays the
// caller's. It is in non-blocking mode from then on, for everybody who has it.
func Conn(fd int) (net.Conn, error) {
	own, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, os.NewSyscallError("fcntl", err)
	}
	f := os.NewFile(uintptr(own), "connection")
	defer f.Close()
	return net.FileConn(f)
}

// Pump passes data on between the connection and a program that reads from in
// and writes to out, and closes all three. It ends when the program's output
// has ended and either the program has, by gone, or the client has nothing
// more to say; or when nothing has moved for idle.
func Pump(conn *tls.Conn, in io.WriteCloser, out io.ReadCloser, gone <-chan struct{}, idle time.Duration) {
	watch := time.AfterFunc(idle, func() {
		conn.NetConn().Close()
		in.Close()
		out.Close()
	})
	var end sync.WaitGroup
	said := make(chan struct{}) // the client has said all
	end.Add(1)
	go func() {
		defer end.Done()
		pass(in, conn, watch, idle)
		in.Close()
		close(said)
	}()
	pass(conn, out, watch, idle)
	out.Close()
	conn.CloseWrite()
	select {
	case <-gone:
	case <-said:
	}
	watch.Stop()
	conn.NetConn().Close()
	in.Close()
	end.Wait()
}

func pass(to io.Writer, from io.Reader, watch *time.Timer, idle time.Duration) {
	buf := make([]byte, pieceSize)
	for {
		n, err := from.Read(buf)
		watch.Reset(idle)
		if n > 0 {
			if _, err := to.Write(buf[:n]); err != nil {
				return
			}
			watch.Reset(idle)
		}
		if err != nil {
			return
		}
	}
}
