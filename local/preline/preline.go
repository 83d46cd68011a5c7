package main

import (
	"errors"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/getopt"
)

const usage = "preline cmd [ arg ... ]"

// line is one that may stand before the message.
type line struct {
	name    string // the variable that holds it, with its newline
	off, on byte   // the options that leave it out and that put it back
	text    string
	wanted  bool
}

// Run feeds the lines and the message to a program and ends as that does.
func Run(p *cmd.Proc) error {
	lines := []*line{{name: "UFLINE", off: 'f', on: 'F'}, {name: "RPLINE", off: 'r', on: 'R'}, {name: "DTLINE", off: 'd', on: 'D'}}
	for _, l := range lines {
		var set bool
		if l.text, set = p.LookupEnv(l.name); !set {
			return p.Usage(usage)
		}
		l.wanted = true
	}
	argv, err := options(p, lines)
	if err != nil {
		return err
	}
	var before string
	for _, l := range lines {
		if l.wanted {
			before += l.text
		}
	}
	return feed(p, argv, before)
}

func options(p *cmd.Proc, lines []*line) (argv []string, err error) {
	opts := getopt.New("frdFRD", p.Args)
	for opts.Next() {
		for _, l := range lines {
			if opts.Opt == l.off || opts.Opt == l.on {
				l.wanted = opts.Opt == l.on
			}
		}
	}
	if opts.Err != nil || len(opts.Args) == 0 {
		return nil, p.Misuse(opts.Problem(p.Name), usage)
	}
	return opts.Args, nil
}

func feed(p *cmd.Proc, argv []string, before string) error {
	code, err := child.Feed(p, argv, before)
	var failure *child.FeedError
	if !errors.As(err, &failure) {
		return cmd.Silent(code)
	}
	err = failure.Err
	switch failure.Step {
	case child.StepPipe:
		return p.FatalSys(cmd.ExitTemporary, "unable to create pipe", err)
	case child.StepStart:
		return cannotRun(p, argv[0], err)
	case child.StepRead, child.StepWrite:
		return p.FatalSys(cmd.ExitTemporary, "unable to copy input", err)
	}
	if errors.Is(err, child.ErrCrashed) {
		return p.Fatal(cmd.ExitTemporary, err.Error())
	}
	return p.FatalSys(cmd.ExitTemporary, "wait failed", err)
}

func cannotRun(p *cmd.Proc, program string, err error) error {
	if child.NoProcess(err) {
		return p.FatalSys(cmd.ExitTemporary, "unable to fork", err)
	}
	code := cmd.ExitPermanent
	if errstr.Temporary(err) {
		code = cmd.ExitTemporary
	}
	return p.FatalSys(code, "unable to run "+program, err)
}
