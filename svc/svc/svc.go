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
	letters = "udopchaitkx" + "q12w" + switches
	options = "svc options: u up, d down, o once, x exit, p pause, c continue, h hup, a alarm, i interrupt, t term, k kill"

	// switches say what the letters behind them act on: L the logger, l the
	// service, + all of its process group, = its first process only.
	switches = "Ll+="
)

// Run sends the letters of its options to each service.
func Run(p *cmd.Proc) error {
	sys.CatchPipe()
	opts := getopt.New(letters, p.Args)
	commands, from := "", 0 // a letter counts once behind a switch
	for opts.Next() {
		letter := string(rune(opts.Opt))
		if strings.Contains(switches, letter) {
			commands += letter
			from = len(commands)
		} else if !strings.Contains(commands[from:], letter) {
			commands += letter
		}
	}
	if opts.Err != nil {
		return cmd.Say(cmd.ExitPermanent, opts.Problem(p.Name)+"\n"+options)
	}
	if from > 0 {
		commands += "l=" // whoever writes next knows of no switches
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

// send tells what it could not do.
func send(p *cmd.Proc, dir, commands string) (what string, err error) {
	service, folder, err := svc.Find(p, dir)
	if err != nil {
		return "unable to chdir to ", err
	}
	opened, err := svc.Tell(svc.Join(service, folder)+svc.Control, commands)
	if !opened {
		return "unable to control ", err
	}
	return "error writing commands to ", err
}
