// Package usermail is what the programs share that a user runs to read the
// mail of a Maildir: finding it by the environment, listing what is in it,
// and starting a mail reader after maildir2mbox(1).
package usermail

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/maildir"
)

// Maildir is the Maildir that the environment of a program names.
type Maildir struct {
	Root string // its path, with a slash
	p    *cmd.Proc
}

// Enter finds the Maildir that MAILDIR names. Its errors, and those of
// Messages, end p's program with 111.
func Enter(p *cmd.Proc) (*Maildir, error) {
	name, set := p.LookupEnv("MAILDIR")
	if !set {
		return nil, p.Fatal(cmd.ExitTemporary, "MAILDIR not set")
	}
	m := &Maildir{Root: p.Path(name) + "/", p: p}
	_, err := os.Stat(m.Root + ".")
	if name == "" {
		err = syscall.ENOENT
	}
	if err != nil {
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+name, err)
	}
	return m, nil
}

// At is the Maildir in the folder dir, which is there.
func At(p *cmd.Proc, dir string) *Maildir { return &Maildir{Root: p.Path(dir) + "/", p: p} }

// Messages lists the messages in the given folders, oldest first, after
// old files in tmp have been removed. What has come within this second is left
// out: another that comes before it is over might be older.
func (m *Maildir) Messages(folders ...string) ([]maildir.Entry, error) {
	now := m.p.Now()
	maildir.Clean(m.Root, now)
	all, err := maildir.Scan(m.Root, folders...)
	if err != nil {
		return nil, m.p.FatalSys(cmd.ExitTemporary, cannot(err), err)
	}
	ripe := all[:0]
	for _, e := range all {
		if e.Time.Unix() < now.Unix() {
			ripe = append(ripe, e)
		}
	}
	return ripe, nil
}

// cannot tells what failed when a folder could not be listed.
func cannot(err error) string {
	var at *fs.PathError
	switch {
	case !errors.As(err, &at):
		return "unable to scan $MAILDIR"
	case at.Op == "open":
		return "unable to scan $MAILDIR/" + filepath.Base(at.Path)
	}
	return "unable to read $MAILDIR/" + filepath.Base(at.Path)
}
