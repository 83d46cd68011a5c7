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
	return resident.Serve(p, func(p *cmd.Proc) error { return deliver(p, engine) })
}

func deliver(p *cmd.Proc, engine *local.Engine) error {
	describe := false
	opts := getopt.New("nN", p.Args)
	for {
		more, err := opts.Next()
		if err != nil {
			p.Stderr.WriteString(opts.Problem(p.Name, err) + "\n")
			return p.Usage(synopsis)
		}
		if !more {
			break
		}
		describe = opts.Opt == 'n'
	}
	a := opts.Args
	if len(a) != 8 || !strings.HasPrefix(a[1], "/") {
		return p.Usage(synopsis)
	}
	job := local.Job{
		User: a[0], Home: a[1], Local: a[2], Dash: a[3], Ext: a[4], Host: a[5], Sender: a[6], Default: a[7],
		Message: p.Stdin, Stdout: p.Stdout, Stderr: p.Stderr,
	}
	if describe {
		return show(p, engine.Describe(job))
	}
	return end(p, engine.Deliver(context.Background(), job))
}

// show prints what would be done.
func show(p *cmd.Proc, plan local.Plan) error {
	if plan.Sticky {
		p.Stderr.WriteString(warningSticky)
	}
	for _, line := range plan.Lines {
		p.Stdout.WriteString(line + "\n")
	}
	return end(p, plan.Result)
}

// end says what was done. The delivery stands even when nobody hears of it.
func end(p *cmd.Proc, r local.Result) error {
	if r.Err == nil {
		plain.Write(p.Stdout, []byte(r.Report()))
		return nil
	}
	return &cmd.Exit{Code: r.Code(), Text: r.Report(), Err: r.Err}
}
