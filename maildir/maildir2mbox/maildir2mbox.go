package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/maildir"
)

// Run moves the mail of $MAILDIR into $MAIL by way of $MAILTMP.
func Run(p *cmd.Proc) error {
	j := job{p: p}
	for _, v := range []struct {
		name  string
		value *string
	}{{"MAIL", &j.mail}, {"MAILTMP", &j.tmp}, {"MAILDIR", &j.dir}} {
		var set bool
		if *v.value, set = p.LookupEnv(v.name); !set {
			return p.Fatal(cmd.ExitTemporary, v.name+" not set")
		}
	}
	if err := j.enter(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+j.dir, err)
	}
	entries, err := j.scan()
	if err != nil || len(entries) == 0 {
		return err
	}
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
	p              *cmd.Proc
	dir, mail, tmp string // as the environment has them
	root           string // the Maildir, with a slash
}

// enter finds the Maildir. The other names start from it.
func (j *job) enter() error {
	if j.dir == "" {
		return fs.ErrNotExist
	}
	j.root = j.p.Path(j.dir) + "/"
	_, err := os.Stat(j.root + ".")
	return err
}

// path is where a name of the environment leads. It is not cleaned: the
// Maildir may be a symbolic link, and ".." then leads out of its target.
func (j *job) path(name string) string {
	if strings.HasPrefix(name, "/") {
		return name
	}
	return j.root + name
}

// scan lists the messages to move, oldest first. What has come within this
// second stays: another that comes before it is over might be older.
func (j *job) scan() ([]maildir.Entry, error) {
	now := j.p.Now()
	maildir.Clean(j.root, now)
	all, err := maildir.Scan(j.root, maildir.New, maildir.Cur)
	var at *fs.PathError
	if errors.As(err, &at) {
		verb := "read"
		if at.Op == "open" {
			verb = "scan"
		}
		return nil, j.p.FatalSys(cmd.ExitTemporary, "unable to "+verb+" $MAILDIR/"+filepath.Base(at.Path), err)
	}
	if err != nil {
		return nil, j.p.FatalSys(cmd.ExitTemporary, "unable to scan $MAILDIR", err)
	}
	ripe := all[:0]
	for _, e := range all {
		if e.Time.Unix() < now.Unix() {
			ripe = append(ripe, e)
		}
	}
	return ripe, nil
}
