package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strconv"

	"qmailkit/internal/cmd"
)

// Run counts the files below queue/mess and queue/todo.
func Run(p *cmd.Proc) error {
	messages, err := count(p.InHome("queue/mess"))
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read queue/mess", err)
	}
	todo, err := count(p.InHome("queue/todo"))
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read queue/todo", err)
	}
	_, err = p.Stdout.WriteString("messages in queue: " + strconv.Itoa(messages) + "\n" +
		"messages in queue but not yet preprocessed: " + strconv.Itoa(todo) + "\n")
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	return nil
}

// count counts regular files at any depth. What vanishes meanwhile is no
// error: the queue is at work.
func count(dir string) (n int, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path != dir:
			return nil
		case err != nil:
			return err
		case d.Type().IsRegular():
			n++
		}
		return nil
	})
	return n, err
}
