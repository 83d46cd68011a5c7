package main

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/listen"
	"qmailkit/internal/peer"
	"qmailkit/internal/sys"
)

// exitFailure is the exit code of whatever is wrong.
const exitFailure = 1

type server struct {
	options
	p    *cmd.Proc
	pool *listen.Pool
}

// Run takes connections to the socket that its arguments name, and runs a
// program for each, until a signal ends it.
func Run(p *cmd.Proc) error {
	o, problem, ok := parse(p)
	if !ok {
		if problem != "" {
			problem += "\n"
		}
		return cmd.Say(exitFailure, problem+usage)
	}
	s := &server{options: o, p: p}
	sys.CatchPipe()
	signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP, syscall.SIGALRM) // of no account
	end := make(chan os.Signal, 1)
	signal.Notify(end, syscall.SIGTERM, syscall.SIGINT, syscall.SIGQUIT)
	listener, err := s.open()
	if err != nil {
		return s.failure(err)
	}
	var say func(string)
	if s.verbose {
		say = func(lines string) { p.Stdout.WriteString(lines) }
	}
	s.pool = listen.NewPool(p.Name, s.limit, say)
	go func() {
		<-end
		s.pool.Stop()
		listener.Close()
	}()
	s.pool.Serve(listener, func(fd int, _ syscall.Sockaddr) { s.serve(fd) }, s.warn)
	s.remove()
	return nil
}

// open makes the socket, and then gives up what was needed for that.
func (s *server) open() (*listen.Listener, error) {
	path := s.p.Path(s.path)
	syscall.Unlink(path)
	fd, err := peer.Socket(syscall.AF_UNIX)
	if err != nil {
		return nil, err
	}
	mask := syscall.Umask(s.mask)
	err = os.NewSyscallError("bind", syscall.Bind(fd, &syscall.SockaddrUnix{Name: path}))
	syscall.Umask(mask)
	if err != nil {
		return nil, err
	}
	if err = s.settle(fd, path); err != nil {
		s.remove()
		return nil, err
	}
	return listen.NewListener(fd)
}

func (s *server) settle(fd int, path string) error {
	if err := os.NewSyscallError("chown", syscall.Chown(path, s.socketUID, s.sockGID)); err != nil {
		return err
	}
	if s.mode != 0 {
		if err := os.NewSyscallError("chmod", syscall.Chmod(path, uint32(s.mode))); err != nil {
			return err
		}
	}
	if err := os.NewSyscallError("listen", syscall.Listen(fd, s.backlog)); err != nil {
		return err
	}
	if s.gid != none {
		syscall.Setgroups([]int{s.gid}) // only root can, and only root has to
		if err := os.NewSyscallError("setgid", syscall.Setgid(s.gid)); err != nil {
			return err
		}
	}
	if s.uid != none {
		return os.NewSyscallError("setuid", syscall.Setuid(s.uid))
	}
	return nil
}

func (s *server) remove() {
	if !s.keep {
		syscall.Unlink(s.p.Path(s.path))
	}
}

// serve runs the program for a connection.
func (s *server) serve(fd int) {
	defer syscall.Close(fd)
	if s.banner != "" {
		syscall.Write(fd, []byte(s.banner))
	}
	var env peer.Env
	peer.Unix(&env, fd, s.path)
	err := s.pool.Start(func() (int, error) {
		return child.Spawn(s.p, env.Of(s.p.Env), s.program, uintptr(fd), uintptr(fd), s.p.Stderr.Fd())
	}, func(pid int) string {
		return s.p.Name + ": pid " + strconv.Itoa(pid) + "\n"
	}, func() {})
	if err != nil {
		s.warn(&os.PathError{Op: "unable to run", Path: s.program[0], Err: err})
		s.pool.Drop("", 0, 0)
	}
}

func (s *server) warn(err error) {
	if !s.quiet {
		s.p.Stderr.WriteString(s.p.Name + ": " + err.Error() + "\n")
	}
}

func (s *server) failure(err error) error {
	if s.quiet {
		return cmd.Silent(exitFailure)
	}
	return cmd.Say(exitFailure, s.p.Name+": "+err.Error())
}
