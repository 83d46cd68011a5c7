package main

import (
	"errors"
	"os"
	"syscall"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
	"qmailkit/svc"
)

const (
	usage = "fghack child"

	// copies is how many descriptors of the pipe the program gets. One that
	// goes into the background may close some of those that it knows nothing
	// of, but hardly all.
	copies = 30
)

// Run starts the program and waits until nothing that came of it holds the
// pipe any more.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	var ends [2]int
	if err := syscall.Pipe(ends[:]); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to create pipe", err)
	}
	syscall.CloseOnExec(ends[0])
	fds := []int{ends[1]}
	for len(fds) <= copies {
		fd, err := syscall.Dup(ends[1])
		if err != nil {
			break // as many as there are
		}
		fds = append(fds, fd)
	}
	proc, err := start(p)
	for _, fd := range fds {
		syscall.Close(fd)
	}
	if err != nil {
		return err
	}
	sys.AwaitEOF(ends[0])
	code, err := child.Wait(proc)
	switch {
	case errors.Is(err, child.ErrCrashed):
		return p.Fatal(cmd.ExitTemporary, err.Error())
	case err != nil:
		return p.FatalSys(cmd.ExitTemporary, "wait failed", err)
	case code != 0:
		return cmd.Silent(code)
	}
	return nil
}

// start starts the program with every descriptor that is open without
// close-on-exec.
func start(p *cmd.Proc) (proc *os.Process, err error) {
	attr := &os.ProcAttr{Dir: p.Dir, Env: p.Env, Files: []*os.File{p.Stdin, p.Stdout, p.Stderr}}
	err = svc.Search(p, p.Args[0], func(path string) (err error) {
		proc, err = os.StartProcess(path, p.Args, attr)
		return err
	})
	switch {
	case err == nil:
		return proc, nil
	case child.NoProcess(err):
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to fork", err)
	}
	return nil, p.FatalSys(cmd.ExitTemporary, "unable to run "+p.Args[0], err)
}
