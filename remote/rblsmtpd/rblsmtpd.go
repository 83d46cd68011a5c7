package main

import (
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/errstr"
	"qmailkit/internal/getopt"
)

const (
	synopsis = "rblsmtpd [ -b ] [ -R ] [ -t timeout ] [ -r base ] [ -a base ] smtpd [ arg ... ]"

	defaultTimeout = 60 // seconds
)

// Run talks to an unwanted client itself, or becomes the program that its
// arguments name.
func Run(p *cmd.Proc) error {
	j := newJudge(p.Getenv("TCPREMOTEIP"), dns.System(p.Getenv))
	if text, set := p.LookupEnv("RBLSMTPD"); set {
		j.told(text)
	}
	timeout := defaultTimeout
	opts := getopt.New("bBcCt:r:a:", p.Args)
	for opts.Next() {
		switch opts.Opt {
		case 'b', 'B':
			j.bounce = opts.Opt == 'b'
		case 'c', 'C':
			j.failClosed = opts.Opt == 'c'
		case 't':
			timeout, _ = control.LeadingInt(opts.Arg)
		case 'r':
			j.list(opts.Arg)
		case 'a':
			j.antiList(opts.Arg)
		}
	}
	if opts.Err != nil || len(opts.Args) == 0 {
		return p.Misuse(opts.Problem(p.Name), synopsis)
	}
	if j.verdict == unwanted {
		return refuse(p, j.reply(), time.Duration(timeout)*time.Second)
	}
	err := child.Exec(p, opts.Args)
	return &cmd.Exit{
		Code: cmd.ExitTemporary, Err: err,
		Text: p.Name + ": fatal: unable to run " + opts.Args[0] + ": " + errstr.Text(err) + "\n",
	}
}
