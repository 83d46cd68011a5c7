package main

import (
	"errors"
	"os"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
	"qmailkit/internal/lock"
	"qmailkit/svc"
)

const (
	usage   = "setlock [ -nNxX ] file program [ arg ... ]"
	letters = "nNxX"
)

// Run takes the lock and becomes the program, which holds it from then on.
func Run(p *cmd.Proc) error {
	take, quiet := lock.Exclusive, false
	opts := getopt.New(letters, p.Args)
	for opts.Next() {
		switch opts.Opt {
		case 'n':
			take = lock.TryExclusive
		case 'N':
			take = lock.Exclusive
		case 'x':
			quiet = true
		case 'X':
			quiet = false
		}
	}
	if opts.Err != nil || len(opts.Args) < 2 {
		return p.Misuse(opts.Problem(p.Name), usage)
	}
	held, err := hold(p, opts.Args[0], take)
	if err != nil {
		if quiet {
			return nil
		}
		return err
	}
	defer held.Close() // not before the program has it
	return svc.Exec(p, opts.Args[1:])
}

// hold locks the file and leaves it open for the program to come.
func hold(p *cmd.Proc, file string, take func(*os.File) error) (*os.File, error) {
	fd, err := open(p.Path(file))
	if err != nil {
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to open "+file, err)
	}
	f := p.FD(fd)
	if err := take(f); err != nil {
		f.Close()
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to lock "+file, err)
	}
	return f, nil
}

// open opens the file without close-on-exec: the descriptor is the lock.
func open(path string) (fd int, err error) {
	for {
		fd, err = syscall.Open(path, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_APPEND|syscall.O_CREAT, 0o600)
		if !errors.Is(err, syscall.EINTR) {
			return fd, err
		}
	}
}
