package main

import (
	"context"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
	"qmailkit/internal/plain"
	"qmailkit/internal/resident"
	"qmailkit/local"
)

const (
	synopsis      = "qmail-local [ -nN ] user homedir local dash ext domain sender aliasempty"
	warningSticky = "Warning: home directory is sticky.\n"
)

// umask keeps what is delivered, and what programs make, to the user.
const umask = 0o077

// Run delivers the message on standard input, and further ones of the same
// user if qmail-lspawn has any.
func Run(p *cmd.Proc) error {
	syscall.Umask(umask)
	engine := local.NewEngine(p)
	deliver := func(p *cmd.Proc, files resident.Files) resident.Answer { return deliver(p, files, engine) }
	return resident.Serve(p, deliver, say)
}

func deliver(p *cmd.Proc, files resident.Files, engine *local.Engine) resident.Answer {
	describe := false
	opts := getopt.New("nN", p.Args)
	for opts.Next() {
		describe = opts.Opt == 'n'
	}
	a := opts.Args
	if opts.Err != nil || len(a) != 8 || !strings.HasPrefix(a[1], "/") {
		code, text := cmd.Outcome(p.Name, p.Misuse(opts.Problem(p.Name), synopsis))
		return resident.Answer{Code: code, Stderr: text}
	}
	job := local.Job{
		User: a[0], Home: a[1], Local: a[2], Dash: a[3], Ext: a[4], Host: a[5], Sender: a[6], Default: a[7],
		Message: files.Input, Output: files.Output,
	}
	if describe {
		return show(engine.Describe(job))
	}
	return answer(engine.Deliver(context.Background(), job))
}

// show tells what would be done.
func show(plan local.Plan) resident.Answer {
	a := answer(plan.Result)
	if plan.Sticky {
		a.Stderr = warningSticky + a.Stderr
	}
	lines := ""
	if len(plan.Lines) > 0 {
		lines = strings.Join(plan.Lines, "\n") + "\n"
	}
	a.Stdout = lines + a.Stdout
	return a
}

// answer tells what was done.
func answer(r local.Result) resident.Answer {
	if r.Err == nil {
		return resident.Answer{Stdout: r.Report()}
	}
	return resident.Answer{Code: r.Code(), Stderr: r.Report()}
}

// say ends a program that was started for one delivery, which stands even when
// nobody hears of it.
func say(p *cmd.Proc, a resident.Answer) error {
	plain.Write(p.Stdout, []byte(a.Stdout))
	return &cmd.Exit{Code: a.Code, Text: a.Stderr}
}
