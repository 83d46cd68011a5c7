package usermail

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"syscall"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
)

// What a shell exits with when it cannot run a program, or cannot find it, and
// what it adds to the number of a signal that ended one.
const (
	exitNotRun   = 126
	exitNotFound = 127
	exitSignal   = 128
)

// Read moves new mail into the mbox by maildir2mbox(1) of p's home, and
// becomes the first of the given mail readers that there is, with p's
// arguments. It returns when that fails: the error ends p's program with
// maildir2mbox's exit code, or with a shell's 126 or 127.
func Read(p *cmd.Proc, readers ...string) error {
	mover := p.InHome("bin", "maildir2mbox")
	move := exec.Cmd{
		Path: mover, Args: []string{mover}, Env: p.Env, Dir: p.Dir,
		Stdin: p.Stdin, Stdout: p.Stdout, Stderr: p.Stderr,
	}
	err := move.Run()
	var ended *exec.ExitError
	switch {
	case errors.As(err, &ended):
		return cmd.Silent(shellCode(ended.ProcessState))
	case err != nil:
		return notRun(p, mover, err)
	}
	for _, reader := range readers {
		err = child.Exec(p, append([]string{reader}, p.Args...))
		if !errors.Is(err, fs.ErrNotExist) {
			return notRun(p, reader, err)
		}
	}
	return notRun(p, readers[0], err)
}

func shellCode(state *os.ProcessState) int {
	if status, ok := state.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return exitSignal + int(status.Signal())
	}
	return state.ExitCode()
}

func notRun(p *cmd.Proc, program string, err error) error {
	code := exitNotRun
	if errors.Is(err, fs.ErrNotExist) {
		code = exitNotFound
	}
	return cmd.Say(code, p.Name+": unable to run "+program+": "+errstr.Text(err))
}
