package main

import (
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/usermail"
	"qmailkit/maildir"
)

// Run moves the mail of $MAILDIR into $MAIL by way of $MAILTMP.
func Run(p *cmd.Proc) error {
	j := job{p: p}
	var set bool
	if j.mail, set = p.LookupEnv("MAIL"); !set {
		return p.Fatal(cmd.ExitTemporary, "MAIL not set")
	}
	if j.tmp, set = p.LookupEnv("MAILTMP"); !set {
		return p.Fatal(cmd.ExitTemporary, "MAILTMP not set")
	}
	dir, err := usermail.Enter(p)
	if err != nil {
		return err
	}
	entries, err := dir.Messages(maildir.New, maildir.Cur)
	if err != nil || len(entries) == 0 {
		return err
	}
	j.root = dir.Root
	if err := j.add(entries); err != nil {
		return err
	}
	// The mbox is on disk under its name, and only now may this begin.
	for _, e := range entries {
		if err := os.Remove(j.root + e.Path()); err != nil {
			p.Stderr.WriteString(p.Name + ": warning: $MAILDIR/" + e.Path() +
				" will be delivered twice; unable to unlink: " + errstr.Text(err) + "\n")
		}
	}
	return nil
}

// job is one Maildir and one mbox.
type job struct {
	p         *cmd.Proc
	mail, tmp string // as the environment has them
	root      string // the Maildir, with a slash
}

// path is where a name of the environment leads, seen from the Maildir. It is
// not cleaned: the Maildir may be a symbolic link, and ".." then leads out of
// its target. An empty name leads nowhere.
func (j *job) path(name string) string {
	if name == "" || name[0] == '/' {
		return name
	}
	return j.root + name
}
