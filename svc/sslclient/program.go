package main

import (
	"crypto/tls"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/ssl"
)

// run runs the program with pipes to and from the connection as its
// descriptors 6 and 7.
func (c *client) run(conn *tls.Conn) error {
	inR, inW, err := os.Pipe()
	if err != nil {
		return c.Fatal("unable to create pipe", err)
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		return c.Fatal("unable to create pipe", err)
	}
	fds := []uintptr{c.p.Stdin.Fd(), c.p.Stdout.Fd(), c.p.Stderr.Fd(), inherited(3), inherited(4), inherited(5), inR.Fd(), outW.Fd()}
	pid, err := child.Spawn(c.p, c.environment(conn).Of(c.p.Env), c.Program, fds...)
	if err != nil {
		return c.Fatal("unable to run "+c.Program[0], err)
	}
	inR.Close()
	outW.Close()
	gone := make(chan struct{})
	var status syscall.WaitStatus
	go func() {
		defer close(gone)
		for {
			if _, err := syscall.Wait4(pid, &status, 0, nil); err != syscall.EINTR {
				return
			}
		}
	}()
	ssl.Pump(conn, inW, outR, gone, c.idle)
	<-gone
	switch {
	case status.Exited() && status.ExitStatus() == 0:
		return nil
	case status.Exited():
		return cmd.Silent(status.ExitStatus())
	}
	return c.FatalText("child crashed")
}

// inherited is fd, if the program is to have it too: this one got it and has
// not kept it for itself.
func inherited(fd int) uintptr {
	const closed = ^uintptr(0)
	flags, err := unix.FcntlInt(uintptr(fd), unix.F_GETFD, 0)
	if err != nil || flags&unix.FD_CLOEXEC != 0 {
		return closed
	}
	return uintptr(fd)
}
