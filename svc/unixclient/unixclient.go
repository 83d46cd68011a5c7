package main

import (
	"os"
	"strconv"
	"syscall"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/peer"
	"qmailkit/internal/sys"
)

const (
	usage = "usage: unixclient socket program"

	// exitFailure is the exit code of whatever is wrong.
	exitFailure = 1

	// firstFD is what the program reads from; it writes to the next.
	firstFD = 6
)

// Run connects to the socket that its first argument names, and becomes the
// program behind it.
func Run(p *cmd.Proc) error {
	if len(p.Args) < 2 {
		return cmd.Say(exitFailure, usage)
	}
	return cmd.Say(exitFailure, p.Name+": "+become(p, p.Args[0], p.Args[1:]).Error())
}

func become(p *cmd.Proc, path string, program []string) error {
	fd, err := peer.Socket(syscall.AF_UNIX)
	if err != nil {
		return err
	}
	if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: p.Path(path)}); err != nil {
		syscall.Close(fd)
		return os.NewSyscallError("connect", err)
	}
	var env peer.Env
	peer.Unix(&env, fd, path)
	env.Set("UNIXLOCALPID", strconv.Itoa(p.Pid))
	if err := sys.PlaceAt(firstFD, fd, fd); err != nil {
		return err
	}
	return &os.PathError{Op: "unable to run", Path: program[0], Err: child.ExecEnv(p, env.Of(p.Env), program)}
}
