package main

import (
	"errors"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/getopt"
)

const (
	textUsage     = "incorrect usage"
	textTemporary = "temporary problem"
	textRead      = "unable to read message"
	textNoProgram = "command not found"
)

// The options of a mailer definition that mean something here: what sendmail
// would put before the message, and the recipients it would shorten. The
// other letters of flags are accepted.
const flags = "DFlMmnPsx:"

// job is one message on its way into a mailer.
type job struct {
	macros
	from, returnPath, delivered bool // the lines to put before it
	argv                        []string
}

// Run feeds the message to the mailer that its arguments name.
func Run(p *cmd.Proc) error {
	for _, name := range []string{"DTLINE", "RPLINE", "UFLINE", "LOCAL", "HOST", "SENDER"} {
		if _, set := p.LookupEnv(name); !set {
			return p.Fatal(cmd.ExitPermanent, textUsage)
		}
	}
	j := job{from: true, macros: macros{sender: p.Getenv("SENDER"), host: p.Getenv("HOST"), recipient: p.Getenv("LOCAL")}}
	if err := j.options(p); err != nil {
		return err
	}
	for i, arg := range j.argv {
		j.argv[i] = j.expand(arg)
	}
	var before string
	if j.from {
		before += p.Getenv("UFLINE")
	}
	if j.returnPath {
		before += p.Getenv("RPLINE")
	}
	if j.delivered {
		before += p.Getenv("DTLINE")
	}
	return feed(p, j.argv, before)
}

func (j *job) options(p *cmd.Proc) error {
	opts := getopt.New(flags, p.Args)
	for opts.Next() {
		switch opts.Opt {
		case 'l':
			j.delivered = true
		case 'n':
			j.from = false
		case 'P':
			j.returnPath = true
		case 'x':
			j.recipient = withoutPrefix(j.recipient, opts.Arg)
		}
	}
	if opts.Err != nil {
		return cmd.Say(cmd.ExitPermanent, opts.Problem(p.Name))
	}
	if len(opts.Args) == 0 {
		return p.Fatal(cmd.ExitPermanent, textUsage)
	}
	j.argv = append([]string{}, opts.Args...)
	return nil
}

func feed(p *cmd.Proc, argv []string, before string) error {
	code, err := child.Feed(p, argv, before)
	var failure *child.FeedError
	if !errors.As(err, &failure) {
		return cmd.Silent(code)
	}
	switch {
	case failure.Step == child.StepWrite:
		// The mailer need not read all of the message: its exit code counts.
		return cmd.Silent(code)
	case failure.Step == child.StepRead:
		return p.Fatal(cmd.ExitTemporary, textRead)
	case failure.Step == child.StepStart && !errstr.Temporary(failure.Err):
		return p.Fatal(cmd.ExitPermanent, textNoProgram)
	}
	return p.Fatal(cmd.ExitTemporary, textTemporary)
}
