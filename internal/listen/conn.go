package listen

import (
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/peer"
	"qmailkit/internal/program"
	"qmailkit/internal/tcpopt"
	"qmailkit/internal/tcprules"
)

// The exit codes of a connection that has no program, as they are logged.
const (
	statusDropped = cmd.ExitTemporary << 8
	statusDenied  = cmd.ExitPermanent << 8
)

// Conn is a connection that a Server serves.
type Conn struct {
	FD   int // the connection, in blocking mode; -1 once File has it
	At   int // which of the server's sockets it came to
	Peer peer.Peer
	Env  peer.Env // what its program is to find, beside the server's own environment

	server *Server
	served bool   // neither rules nor limits are against it
	word   string // of Say
	more   string
}

// handle is all of a connection. It may have to wait for others: each is in a
// goroutine of its own.
func (s *Server) handle(fd, socket int, remote netip.AddrPort, at place) {
	defer s.busy.Done()
	c := &Conn{FD: fd, At: socket, Peer: peer.Peer{Remote: remote}, server: s}
	defer func() {
		if c.FD >= 0 {
			syscall.Close(c.FD)
		}
	}()
	s.tune(fd, remote.Addr())
	if s.Banner != "" && !s.BannerLate {
		if err := writeAll(fd, s.Banner); err != nil {
			c.Drop("unable to print banner", err)
			return
		}
	}
	var err error
	if c.Peer.Local, err = peer.LocalAddr(fd); err != nil {
		c.Drop("unable to get local address", err)
		return
	}
	c.Peer.Learn(&s.Lookups)
	s.Variables(&c.Peer, &c.Env)
	deny, err := c.obey()
	if err != nil {
		c.Drop("unable to read "+s.Rules, err)
		return
	}
	why := ""
	if !deny {
		why = exceeded(s.census.now(remote.Addr(), at), c.get)
	}
	switch {
	case deny:
		c.end(c.lines(s.P.Pid, "deny", ""), statusDenied)
	case why != "":
		if text, _ := c.get(dieMsg); text != "" {
			writeAll(fd, text+"\r\n") // nobody waits for a client that does not take it
		}
		c.end(c.lines(s.P.Pid, "deny", " "+why), statusDenied)
	default:
		c.served = true
		s.Serve(c)
	}
}

// get returns what is in force for the connection: a rule, the server's
// environment, its options.
func (c *Conn) get(name string) (string, bool) {
	if v, set := c.Env.Get(c.server.P.Env, name); set {
		return v, true
	}
	switch {
	case name == maxConnIP && c.server.PerIP != "":
		return c.server.PerIP, true
	case name == dieMsg && c.server.PerIPSays != "":
		return c.server.PerIPSays, true
	}
	return "", false
}

// obey looks the client up in the rules as they are now.
func (c *Conn) obey() (deny bool, err error) {
	s := c.server
	if s.Rules == "" {
		return false, nil
	}
	db, err := tcprules.Open(s.P.Path(s.Rules))
	if errors.Is(err, fs.ErrNotExist) && s.NoRules {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer db.Close()
	rule, _, err := db.Lookup(tcprules.Client{
		IP:   peer.Text(c.Peer.Remote.Addr(), false),
		Host: c.Peer.RemoteHost.Text, HasHost: c.Peer.RemoteHost.Known,
		Info: c.Peer.RemoteInfo.Text, HasInfo: c.Peer.RemoteInfo.Known,
	})
	for _, v := range rule.Env {
		for i := range len(v) {
			if v[i] == '=' {
				c.Env.Set(v[:i], v[i+1:])
				break
			}
		}
	}
	return rule.Deny, err
}

// Start runs the server's program with fds as its descriptors 0 and 1, then 3,
// 4 ... If it does not run, the connection is dropped, and ok is false. ended,
// if not nil, is called when the program has ended.
func (c *Conn) Start(ended func(), fds ...int) (ok bool) {
	s := c.server
	remote := c.Peer.Remote.Addr()
	over := func() {
		s.census.leave(remote)
		if ended != nil {
			ended()
		}
	}
	id := ""
	if s.keeper != nil {
		id = program.ID(s.keeper.path)
	}
	if id != "" && c.again(s.keeper, id, over) {
		return true
	}
	files := []uintptr{uintptr(fds[0]), uintptr(fds[1]), s.P.Stderr.Fd()}
	for _, fd := range fds[2:] {
		files = append(files, uintptr(fd))
	}
	env := c.Env.Of(s.P.Env)
	var err error
	if id != "" {
		err = c.startKept(s.keeper, id, env, files, over)
	} else {
		_, err = c.run(env, files, over)
	}
	if err != nil {
		what := "unable to run " + s.Program[0]
		if child.NoProcess(err) {
			what = "unable to fork"
		}
		c.Drop(what, err)
	}
	return err == nil
}

// run starts the server's program with env and the descriptors.
func (c *Conn) run(env []string, fds []uintptr, ended func()) (pid int, err error) {
	s := c.server
	err = s.pool.Start(func() (int, error) {
		pid, err = child.Spawn(s.P, env, s.Program, fds...)
		return pid, err
	}, func(pid int) string { return c.lines(pid, "ok", "") }, ended)
	return pid, err
}

// File takes the connection over for a server that serves it by itself: in
// non-blocking mode, so that whoever waits for the client holds no thread.
func (c *Conn) File() (*os.File, error) {
	if err := syscall.SetNonblock(c.FD, true); err != nil {
		return nil, os.NewSyscallError("setnonblock", err)
	}
	f := os.NewFile(uintptr(c.FD), "connection")
	c.FD = -1
	return f, nil
}

// Inside has run serve the client in this process. In the log the session
// stands as process id would; code is the exit code of a program that had
// done the same.
func (c *Conn) Inside(id int, run func() (code int)) {
	c.server.pool.Say(c.lines(id, "ok", ""))
	code := run()
	c.server.census.leave(c.Peer.Remote.Addr())
	c.server.pool.Drop("", id, syscall.WaitStatus(code<<8))
}

// Drop ends the connection without a program, for a reason that is no fault
// of the client's. err may be nil.
func (c *Conn) Drop(what string, err error) {
	s := c.server
	if s.Level < tcpopt.Verbose {
		c.Warn(what, err)
		c.end("", statusDropped)
		return
	}
	before := c.from(s.P.Pid)
	if c.served {
		before = c.lines(s.P.Pid, "ok", "")
	}
	c.end(before+c.warning(what, err), statusDropped)
}

// Warn says why the connection of a program that runs comes to its end.
func (c *Conn) Warn(what string, err error) {
	if c.server.Level >= tcpopt.Errors {
		c.server.write(c.warning(what, err))
	}
}

func (c *Conn) warning(what string, err error) string {
	text := c.server.P.Name + ": warning: dropping connection, " + what
	if err != nil {
		text += ": " + errText(err)
	}
	return text + "\n"
}

// Say adds a line to the log, once a process serves the connection: word, its
// id, text.
func (c *Conn) Say(word, text string) { c.word, c.more = word, text }

func (c *Conn) end(lines string, status syscall.WaitStatus) {
	c.server.census.leave(c.Peer.Remote.Addr())
	c.server.pool.Drop(lines, c.server.P.Pid, status)
}

// from is the line that says for whom process pid works.
func (c *Conn) from(pid int) string {
	return c.server.P.Name + ": pid " + strconv.Itoa(pid) + " from " + peer.Text(c.Peer.Remote.Addr(), false) + "\n"
}

// lines is from, and the line that says what has become of the connection.
func (c *Conn) lines(pid int, word, why string) string {
	if c.server.Level < tcpopt.Verbose {
		return ""
	}
	p := &c.Peer
	return c.from(pid) + c.server.P.Name + ": " + word + " " + strconv.Itoa(pid) + " " +
		Safe(p.LocalHost.Text) + ":" + peer.Text(p.Local.Addr(), false) + ":" + strconv.Itoa(int(p.Local.Port())) + " " +
		Safe(p.RemoteHost.Text) + ":" + peer.Text(p.Remote.Addr(), false) + ":" + Safe(p.RemoteInfo.Text) + ":" +
		strconv.Itoa(int(p.Remote.Port())) + why + "\n" + c.saying(pid)
}

func (c *Conn) saying(pid int) string {
	if c.word == "" {
		return ""
	}
	return c.server.P.Name + ": " + c.word + " " + strconv.Itoa(pid) + " " + c.more + "\n"
}

// writeAll writes text to a socket in blocking mode.
func writeAll(fd int, text string) error {
	b := []byte(text)
	for len(b) > 0 {
		n, err := syscall.Write(fd, b)
		if err != nil && err != syscall.EINTR {
			return os.NewSyscallError("write", err)
		}
		b = b[max(n, 0):]
	}
	return nil
}

func errText(err error) string { return errstr.Text(err) }
