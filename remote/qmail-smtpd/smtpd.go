package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/timeoutio"
	"qmailkit/internal/ucspi"
	"qmailkit/remote/smtpd"
)

// exitFailure is the code for every session that does not end with QUIT.
const exitFailure = 1

// Run serves the client on p's standard input and output.
func Run(p *cmd.Proc) error {
	timeout, err := smtpd.Timeout(control.Dir(p.InHome("control")))
	if err != nil {
		return refuse(p, smtpd.ReplyFor(err))
	}
	policy, err := smtpd.Load(p)
	if err != nil {
		return refuse(p, smtpd.ReplyFor(err))
	}
	defer policy.Valid.Close()
	in, out := timeoutio.File{File: p.Stdin, Timeout: timeout}, timeoutio.File{File: p.Stdout, Timeout: timeout}
	a, reply := loadAccess(p, in, out)
	if reply != "" {
		return refuse(p, reply)
	}
	a.apply(policy)
	defer a.close()
	for _, setting := range policy.Ignored {
		a.warn(setting + noEffect)
	}
	checkRecipients(policy, p.Home)
	s := smtpd.Session{
		In: in, Out: out, Policy: policy, Client: smtpd.Client{Peer: ucspi.FromEnv(p)}, Open: a.queue,
		Now: p.Now, Sleep: time.Sleep,
		Early: func(wait time.Duration) bool { return talking(p.Stdin, wait) },
	}
	if a.implicit {
		// A client that there is no TLS with could not understand what is said.
		if s.Client.Login, err = a.handshake(); err != nil {
			return cmd.Silent(exitFailure)
		}
		s.In, s.Out, s.Client.Secure = a.secure, a.secure, true
	}
	if s.Serve() != nil {
		return cmd.Silent(exitFailure)
	}
	return nil
}

func refuse(p *cmd.Proc, reply string) error {
	smtpd.Refuse(p.Stdout, reply)
	return cmd.Silent(exitFailure)
}

// talking waits, and returns true as soon as there is something to be read.
func talking(f *os.File, wait time.Duration) bool {
	end := time.Now().Add(wait)
	fds := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLIN}}
	for {
		left := time.Until(end)
		if left <= 0 {
			return false
		}
		n, err := unix.Poll(fds, int(left.Milliseconds())+1)
		if n > 0 || err != nil && err != unix.EINTR {
			return n > 0
		}
	}
}
