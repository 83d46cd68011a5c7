package main

import (
	"errors"
	"os"

	"qmailkit/inject"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
)

// anonymous writes when the environment names nobody.
const anonymous = "anonymous"

// fromEnvironment starts a job with what environment and control files say.
func fromEnvironment(p *cmd.Proc) (*inject.Job, error) {
	job := &inject.Job{
		Options: inject.Letters(p.Getenv("QMAILINJECT")),
		Author:  author(p),
		Now:     p.Now(),
		Pid:     p.Pid,
	}
	if name := p.Getenv("QMAILMFTFILE"); name != "" {
		lines, ok, err := control.Dir("").Lines(p.Path(name))
		if err != nil {
			return nil, p.Fatal(cmd.ExitTemporary, textRead)
		}
		if ok {
			job.Lists = control.NewSet(lines)
		}
	}
	if _, err := os.Stat(p.Home); err != nil {
		return nil, p.Fatal(cmd.ExitTemporary, textHome)
	}
	if err := names(p, job); err != nil {
		return nil, err
	}
	return job, nil
}

// names reads the four names that complete a message.
func names(p *cmd.Proc, job *inject.Job) (err error) {
	job.Rules, job.IDHost, err = inject.Names(control.Dir(p.InHome("control")), p.LookupEnv)
	var field *inject.FieldError
	if err != nil && !errors.As(err, &field) {
		return p.Fatal(cmd.ExitTemporary, textRead)
	}
	return err
}

// author finds out who writes. A variable that is set to nothing counts as
// set.
func author(p *cmd.Proc) inject.Author {
	a := inject.Author{User: anonymous}
	first := func(to *string, names ...string) bool {
		for _, name := range names {
			if value, ok := p.LookupEnv(name); ok {
				*to = value
				return true
			}
		}
		return false
	}
	first(&a.User, "QMAILUSER", "MAILUSER", "USER", "LOGNAME")
	first(&a.Host, "QMAILHOST", "MAILHOST")
	a.SenderUser, a.SenderHost = a.User, a.Host
	first(&a.SenderUser, "QMAILSUSER")
	first(&a.SenderHost, "QMAILSHOST")
	var name string
	if first(&name, "QMAILNAME", "MAILNAME", "NAME") {
		a.Name = &name
	}
	return a
}
