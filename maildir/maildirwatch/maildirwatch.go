package main

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/usermail"
	"qmailkit/internal/watch"
	"qmailkit/maildir"
)

// clear wipes a terminal that understands what a VT100 does.
const clear = "\033[;H\033[;J"

const (
	// period is how long a summary stands at most.
	period = 30 * time.Second

	// settle is how long a change waits for company. It must not be shorter
	// than a second: what comes within a second is shown after it.
	settle = time.Second
)

// Run shows a summary of the new mail in $MAILDIR, again and again.
func Run(p *cmd.Proc) error {
	return show(p, period, settle)
}

func show(p *cmd.Proc, period, settle time.Duration) error {
	dir, err := usermail.Enter(p)
	if err != nil {
		return err
	}
	changed, stop := watch.Folder(dir.Root + maildir.New)
	defer stop()
	for {
		if err := screen(p, dir); err != nil {
			return err
		}
		wait(changed, period, settle)
	}
}

// screen writes one.
func screen(p *cmd.Proc, dir *usermail.Maildir) error {
	entries, err := dir.Messages(maildir.New)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(p.Stdout)
	out.WriteString(clear)
	for _, e := range entries {
		f, err := os.Open(dir.Root + e.Path())
		if err != nil {
			continue // somebody has read it, or nobody may
		}
		s, err := summarize(f)
		f.Close()
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return p.Fatal(cmd.ExitTemporary, "trouble reading new message")
		}
		out.WriteString(s.String())
	}
	if err := out.Flush(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write", err)
	}
	return nil
}
