package main

import (
	"os"

	"qmailkit/inject"
	"qmailkit/internal/addr"
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
func names(p *cmd.Proc, job *inject.Job) error {
	dir := control.Dir(p.InHome("control"))
	get := func(name, variable string) (string, error) {
		value, err := dir.LineOr(name, true, name)
		if err != nil {
			return "", p.Fatal(cmd.ExitTemporary, textRead)
		}
		if v, ok := p.LookupEnv(variable); ok {
			value = v
		}
		return value, nil
	}
	rules := &addr.Rules{}
	for _, part := range []struct {
		to                    *[]addr.Token
		start, name, variable string
	}{
		{&rules.Domain, ".", "defaultdomain", "QMAILDEFAULTDOMAIN"},
		{&rules.Host, "@", "defaulthost", "QMAILDEFAULTHOST"},
		{&rules.Plus, ".", "plusdomain", "QMAILPLUSDOMAIN"},
	} {
		value, err := get(part.name, part.variable)
		if err != nil {
			return err
		}
		if *part.to, err = addr.Parse(part.start + value); err != nil {
			return &inject.FieldError{Field: part.start + value}
		}
	}
	job.Rules = rules
	var err error
	job.IDHost, err = get("idhost", "QMAILIDHOST")
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
