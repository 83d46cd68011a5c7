package main

import (
	"errors"

	"qmailkit/inject"
	"qmailkit/internal/addr"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/getopt"
	"qmailkit/internal/plain"
	"qmailkit/internal/qclient"
)

// What can go wrong, in words that callers match.
const (
	textHome    = "internal bug"
	textRead    = "read error"
	textQueue   = "unable to run qmail-queue"
	textWrite   = "unable to write message: "
	textAddress = "unable to parse address: "
)

// Run is qmail-inject.
func Run(p *cmd.Proc) error {
	job, err := fromEnvironment(p)
	if err != nil {
		return failure(p, err)
	}
	print, err := arguments(p, job)
	if err != nil {
		return failure(p, err)
	}
	m, err := job.Prepare(p.Stdin)
	if err != nil {
		return failure(p, err)
	}
	if print {
		return show(p, m)
	}
	return send(p, m)
}

// arguments reads options and recipients into job. print is option -n.
func arguments(p *cmd.Proc, job *inject.Job) (print bool, err error) {
	const (
		either = iota // arguments, or the header where there are none
		onlyArguments
		onlyHeader
		both
	)
	from := either
	opts := getopt.New("aAhHnNf:", p.Args)
	for opts.Next() {
		switch opts.Opt {
		case 'a':
			from = onlyArguments
		case 'A':
			from = either
		case 'h':
			from = onlyHeader
		case 'H':
			from = both
		case 'n':
			print = true
		case 'N':
			print = false
		case 'f':
			sender, err := inject.Address(job.Rules, opts.Arg)
			if err != nil {
				return false, &inject.FieldError{Field: addr.QuoteAddress(opts.Arg)}
			}
			job.Sender = &sender
		}
	}
	if opts.Err != nil {
		return false, cmd.Say(cmd.ExitPermanent, opts.Problem(p.Name))
	}
	if from == either {
		from = onlyArguments
		if len(opts.Args) == 0 {
			from = onlyHeader
		}
	}
	job.FromHeader = from != onlyArguments
	if from == onlyHeader {
		return print, nil
	}
	for _, arg := range opts.Args {
		address, err := inject.Address(job.Rules, arg)
		if err != nil || address == "" {
			return false, p.Fatal(cmd.ExitPermanent, textAddress+arg)
		}
		job.Recipients = append(job.Recipients, address)
	}
	return print, nil
}

// failure gives an error its exit code and words.
func failure(p *cmd.Proc, err error) error {
	var field *inject.FieldError
	var read *inject.ReadError
	switch {
	case errors.As(err, &field):
		// The line brings its own newline, where it has one.
		return &cmd.Exit{Code: cmd.ExitPermanent, Text: p.Name + ": fatal: " + field.Error(), Err: err}
	case errors.As(err, &read):
		return p.Fatal(cmd.ExitTemporary, textRead)
	case errors.Is(err, inject.ErrHeaderTooLong):
		return p.Fatal(cmd.ExitPermanent, err.Error())
	}
	return err
}

// show writes the message to standard output.
func show(p *cmd.Proc, m *inject.Message) error {
	out := plain.Writer{File: p.Stdout}
	_, err := out.Write([]byte(m.ReturnPath()))
	if err == nil {
		_, err = m.WriteTo(out)
	}
	var read *inject.ReadError
	if err != nil && !errors.As(err, &read) {
		return p.Fatal(cmd.ExitTemporary, textWrite+errstr.Text(err))
	}
	if err != nil {
		return failure(p, err)
	}
	return nil
}

// send hands the message to the queue.
func send(p *cmd.Proc, m *inject.Message) error {
	err := qclient.Send(p, m, m.Sender, m.Recipients)
	var refusal *qclient.Refusal
	var read *inject.ReadError
	switch {
	case errors.As(err, &refusal):
		code := cmd.ExitTemporary
		if refusal.Permanent {
			code = cmd.ExitPermanent
		}
		return p.Fatal(code, refusal.Text)
	case err != nil && !errors.As(err, &read):
		return p.Fatal(cmd.ExitTemporary, textQueue)
	}
	return failure(p, err)
}
