// Package child runs the program that words of a command line name, as
// qmail's small wrappers do: looked up as by execvp(3), on this program's own
// environment, folder and descriptors.
package child

import (
	"errors"
	"os"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/sys"
)

// What execvp(3) looks through when PATH is not set.
const defaultPath = "/bin:/usr/bin"

// What reads a file that is executable and is no program.
const shell = "/bin/sh"

// Start starts argv[0] with stdin as its descriptor 0 and p's output and
// error as 1 and 2. Its error is the system's: that of the program which was
// found but would not run, else that of the last place looked at.
//
// It is for a program that starts one other, and waits for it by WaitPid:
// package os makes a process first to see what the kernel can do.
func Start(p *cmd.Proc, stdin *os.File, argv []string) (pid int, err error) {
	return Spawn(p, p.Env, argv, stdin.Fd(), p.Stdout.Fd(), p.Stderr.Fd())
}

// StartWith starts argv[0] with the files as descriptors 0, 1, 2 ...; a nil
// one is closed. Wait waits for it.
func StartWith(p *cmd.Proc, argv []string, files ...*os.File) (*os.Process, error) {
	return StartAs(p, nil, argv, files...)
}

// StartAs is StartWith for a program that another user is to run; nil is this
// program's own.
func StartAs(p *cmd.Proc, user *syscall.Credential, argv []string, files ...*os.File) (*os.Process, error) {
	attr := &os.ProcAttr{Dir: p.Dir, Env: p.Env, Files: files}
	if user != nil {
		attr.Sys = &syscall.SysProcAttr{Credential: user}
	}
	var proc *os.Process
	err := lookup(p, argv, func(path string, argv []string) (err error) {
		proc, err = os.StartProcess(path, argv, attr)
		return err
	})
	return proc, err
}

// Spawn starts argv[0] with an environment of its own and leaves it to the
// caller to wait for it: it is for a server that starts a program for each
// connection. The descriptors become 0, 1, 2 ...
func Spawn(p *cmd.Proc, env, argv []string, fds ...uintptr) (pid int, err error) {
	attr := &syscall.ProcAttr{Dir: p.Dir, Env: env, Files: fds}
	err = lookup(p, argv, func(path string, argv []string) (err error) {
		pid, err = syscall.ForkExec(path, argv, attr)
		return err
	})
	return pid, err
}

// Exec becomes argv[0], on p's descriptors 0, 1 and 2. It returns only on
// failure, with the error that Start would give.
func Exec(p *cmd.Proc, argv []string) error {
	return lookup(p, argv, func(path string, argv []string) error {
		return sys.Exec(path, argv, p.Env, p.Stdin, p.Stdout, p.Stderr)
	})
}

// ExecWith is Exec with the files as descriptors 0, 1, 2 ...
func ExecWith(p *cmd.Proc, argv []string, files ...*os.File) error {
	if err := sys.Place(files...); err != nil {
		return err
	}
	return lookup(p, argv, func(path string, argv []string) error { return syscall.Exec(path, argv, p.Env) })
}

// ExecEnv becomes argv[0] with the environment env, on the descriptors as they
// are. It returns only on failure.
func ExecEnv(p *cmd.Proc, env, argv []string) error {
	return lookup(p, argv, func(path string, argv []string) error { return syscall.Exec(path, argv, env) })
}

// ErrCrashed is a program that a signal ended.
var ErrCrashed = errors.New("child crashed")

// WaitPid waits for a program that Start or Spawn started and returns its exit
// code.
func WaitPid(pid int) (code int, err error) {
	var status syscall.WaitStatus
	for {
		if _, err := syscall.Wait4(pid, &status, 0, nil); err == syscall.EINTR {
			continue
		} else if err != nil {
			return 0, os.NewSyscallError("wait", err)
		}
		if !status.Exited() {
			return 0, ErrCrashed
		}
		return status.ExitStatus(), nil
	}
}

// Wait waits for a program that StartWith or StartAs started and returns its
// exit code.
func Wait(proc *os.Process) (code int, err error) {
	state, err := proc.Wait()
	if err != nil {
		return 0, err
	}
	if !state.Exited() {
		return 0, ErrCrashed
	}
	return state.ExitCode(), nil
}

// NoProcess is errstr.NoProcess, for what this package returns.
func NoProcess(err error) bool { return errstr.NoProcess(err) }

// lookup hands the paths that argv[0] may stand for to run, until one runs or
// fails for a reason other than not being there. A file that the system does
// not know how to run is read by the shell.
func lookup(p *cmd.Proc, argv []string, run func(path string, argv []string) error) error {
	try := func(path string) error {
		err := run(path, argv)
		if errors.Is(err, syscall.ENOEXEC) {
			err = run(shell, append([]string{shell, path}, argv[1:]...))
		}
		return err
	}
	name := argv[0]
	if name == "" {
		return syscall.ENOENT
	}
	if strings.Contains(name, "/") {
		return try(name)
	}
	path, set := p.LookupEnv("PATH")
	if !set {
		path = defaultPath
	}
	var failure, denied error
	for _, dir := range strings.Split(path, ":") {
		if dir != "" {
			dir += "/"
		}
		place := slashed(dir + name)
		if _, failure = os.Stat(p.Path(place)); failure == nil { // cheaper than a process that finds nothing to run
			failure = try(place)
		}
		switch {
		case failure == nil:
			return nil
		case errors.Is(failure, syscall.EACCES):
			denied = failure
		case !elsewhere(failure):
			return failure
		}
	}
	if denied != nil {
		return denied
	}
	return failure
}

// slashed keeps a name without a folder, from an empty part of PATH, what it
// is: a file of the working folder.
func slashed(path string) string {
	if strings.Contains(path, "/") {
		return path
	}
	return "./" + path
}

// elsewhere tells whether the search goes on after err.
func elsewhere(err error) bool {
	for _, no := range []error{syscall.ENOENT, syscall.ENOTDIR, syscall.ENODEV, syscall.ESTALE, syscall.ETIMEDOUT} {
		if errors.Is(err, no) {
			return true
		}
	}
	return false
}
