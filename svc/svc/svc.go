package main

import (
	"errors"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/getopt"
	"qmailkit/internal/sys"
	"qmailkit/svc"
)

const (
	letters = "udopchaitkx"
	options = "svc options: u up, d down, o once, x exit, p pause, c continue, h hup, a alarm, i interrupt, t term, k kill"
)

// Run sends the letters of its options to each service.
func Run(p *cmd.Proc) error {
	sys.CatchPipe()
	opts := getopt.New(letters, p.Args)
	commands := ""
	for {
		more, err := opts.Next()
		if err != nil {
			return cmd.Say(cmd.ExitPermanent, opts.Problem(p.Name, err)+"\n"+options)
		}
		if !more {
			break
		}
		if letter := string(rune(opts.Opt)); !strings.Contains(commands, letter) {
			commands += letter
		}
	}
	for _, dir := range opts.Args {
		if what, err := send(p, dir, commands); err != nil {
			p.Stderr.WriteString(p.Name + ": warning: " + what + dir + ": " + reason(err) + "\n")
		}
	}
	return nil
}

func reason(err error) string {
	if errors.Is(err, syscall.ENXIO) {
		return "supervise not running"
	}
	return errstr.Text(err)
}

// send writes the commands at once, so that those of another svc do not come
// between them. It tells what it could not do.
func send(p *cmd.Proc, dir, commands string) (what string, err error) {
	service, err := svc.Service(p, dir)
	if err != nil {
		return "unable to chdir to ", err
	}
	fd, err := svc.OpenFifo(service + svc.Control)
	if err != nil {
		return "unable to control ", err
	}
	defer syscall.Close(fd)
	if commands == "" {
		return "", nil
	}
	for {
		if _, err = syscall.Write(fd, []byte(commands)); err != syscall.EINTR {
			return "error writing commands to ", err
		}
	}
}
