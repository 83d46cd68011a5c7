package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/svc"
)

const (
	usage = "envdir: usage: envdir dir child"

	// maxValue bounds a value, in bytes; no system lets a program have more.
	maxValue = 4 << 20

	// batch is how many names are read of the folder at a time.
	batch = 256
)

// Run becomes the program, with a variable set or removed for each file of
// the folder.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return cmd.Say(cmd.ExitTemporary, usage)
	}
	env, err := change(p, p.Args[0], p.Env)
	if err != nil {
		return err
	}
	return svc.ExecWith(p, p.Args[1], p.Args[1:], env)
}

// change returns env as the files in dir want it, in the folder's own order.
// Names that begin with a dot count for nothing.
func change(p *cmd.Proc, dir string, env []string) ([]string, error) {
	path, err := svc.Service(p, dir)
	if err != nil {
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to switch to directory "+dir, err)
	}
	d, err := plain.OpenFile(path, syscall.O_DIRECTORY, 0)
	if err != nil {
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to read directory "+dir, err)
	}
	defer d.Close()
	for {
		names, err := d.Readdirnames(batch)
		for _, name := range names {
			if name[0] == '.' {
				continue
			}
			entry, err := read(path, name)
			if err != nil {
				return nil, p.FatalSys(cmd.ExitTemporary, "unable to read "+dir+"/"+name, err)
			}
			env = svc.Putenv(env, entry)
		}
		if err == io.EOF {
			return env, nil
		}
		if err != nil {
			return nil, p.FatalSys(cmd.ExitTemporary, "unable to read directory "+dir, err)
		}
	}
}

// read returns what svc.Putenv is to do for the file: an empty one, or one
// that is gone, takes its variable out.
func read(dir, name string) (entry string, err error) {
	f, err := plain.OpenFile(dir+name, syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return name, nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	r := bufio.NewReader(io.LimitReader(f, maxValue+1))
	if _, err := r.Peek(1); err != nil {
		if err == io.EOF {
			return name, nil
		}
		return "", err
	}
	line, err := r.ReadBytes('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	if len(line) > maxValue {
		return "", syscall.E2BIG
	}
	return name + "=" + value(line), nil
}

// value is what a file's first line stands for: without the blanks at its
// end, and with a newline for every NUL.
func value(line []byte) string {
	line, _, _ = bytes.Cut(line, []byte("\n"))
	line = bytes.TrimRight(line, " \t")
	return strings.ReplaceAll(string(line), "\x00", "\n")
}
