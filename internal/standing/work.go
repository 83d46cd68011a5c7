package standing

import (
	"fmt"
	"os"
	"strconv"
	"sync"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/hold"
	"qmailkit/internal/listen"
	"qmailkit/internal/peer"
)

// maxNumber is the highest number that a session has; then they begin anew.
const maxNumber = 1 << 30

// work takes connections until it is told not to.
func (s *server) work(w *hold.Worker) error {
	var listeners []*listen.Listener
	for _, fd := range w.Sockets {
		l, err := listen.NewListener(fd)
		if err != nil {
			return s.P.FatalSys(cmd.ExitTemporary, "unable to listen", err)
		}
		listeners = append(listeners, l)
	}
	stop, expired, done := make(chan struct{}), make(chan struct{}), make(chan struct{})
	end := sync.OnceFunc(func() { close(stop) })
	soon := sync.OnceFunc(func() {
		end()
		time.AfterFunc(s.grace, s.hangUp)
		time.AfterFunc(s.grace+lastWords, func() { close(expired) })
	})
	quit := onSignals(soon)
	defer quit()
	go func() {
		for w.Next() == hold.Finish {
			end()
		}
		soon()
	}()
	go func() {
		s.ServeUntil(stop, listeners...)
		close(done)
	}()
	w.Ready()
	select {
	case <-done:
	case <-expired:
	}
	return nil
}

// session serves a connection.
func (s *server) session(c *listen.Conn) {
	f, err := c.File()
	if err != nil {
		c.Drop("unable to set up connection", err)
		return
	}
	if at := s.places[c.At]; at.tls {
		c.Env.Set("SMTPS", "1")
	}
	p := &cmd.Proc{
		Name: s.Session, Argv0: s.Session, Args: s.Options.Program, Env: c.Env.Of(s.P.Env), Dir: s.P.Dir, Home: s.P.Home,
		Pid: s.enter(f), Stdin: f, Stdout: f, Stderr: s.P.Stderr, Now: s.P.Now, FD: func(int) *os.File { return nil },
	}
	c.Env = peer.Env{}
	c.Inside(p.Pid, func() int {
		defer s.leave(f)
		return s.serve(p)
	})
}

// serve returns the exit code of the session. One that breaks takes no others
// along.
func (s *server) serve(p *cmd.Proc) (code int) {
	defer func() {
		if broken := recover(); broken != nil {
			s.say("session " + strconv.Itoa(p.Pid) + " has broken: " + listen.Safe(fmt.Sprint(broken)))
			code = cmd.ExitTemporary
		}
	}()
	return p.End(s.Program.Serve(p))
}

// enter numbers a session, in the place of a process's id.
func (s *server) enter(f *os.File) (number int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sessions[f] = true
	s.number = s.number%maxNumber + 1
	return s.number
}

func (s *server) leave(f *os.File) {
	s.mu.Lock()
	delete(s.sessions, f)
	s.mu.Unlock()
	f.Close()
}

// hangUp makes all sessions see the end of what their clients send. A message
// that has been taken is still acknowledged.
func (s *server) hangUp() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for f := range s.sessions {
		if conn, err := f.SyscallConn(); err == nil {
			conn.Control(func(fd uintptr) { syscall.Shutdown(int(fd), syscall.SHUT_RD) })
		}
	}
}
