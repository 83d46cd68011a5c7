package main

import (
	"os"
	"time"

	"golang.org/x/sys/unix"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/qclient"
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
	for _, setting := range policy.Ignored {
		p.Stderr.WriteString(p.Name + ": warning: " + setting + " has no effect\n")
	}
	checkRecipients(policy, p.Home)
	s := smtpd.Session{
		In: timeoutio.File{File: p.Stdin, Timeout: timeout}, Out: timeoutio.File{File: p.Stdout, Timeout: timeout},
		Policy: policy, Client: smtpd.Client{Peer: ucspi.FromEnv(p)},
		Open: func(*smtpd.Client) (smtpd.Queue, error) { return qclient.Open(p) },
		Now:  p.Now, Sleep: time.Sleep,
		Early: func(wait time.Duration) bool { return talking(p.Stdin, wait) },
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
