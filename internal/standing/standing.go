// Package standing is servers that take their connections themselves, each in
// the process that serves them all: what tcpserver does for one that is started
// for each connection, with its options, rules, limits and environment, and
// sessions that know no difference.
package standing

import (
	"net"
	"os"
	"sync"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/hold"
	"qmailkit/internal/ids"
	"qmailkit/internal/listen"
	"qmailkit/internal/peer"
	"qmailkit/internal/sys"
	"qmailkit/internal/tcpopt"
)

// Program is such a server.
type Program struct {
	Usage   string // its synopsis
	Session string // what the program that serves one connection is called in messages
	TLS     bool   // it has -s

	// Serve serves one client on p's standard input and output, which are the
	// connection. Many run at once, each with a Proc of its own.
	Serve func(p *cmd.Proc) error
}

// Options beyond those of tcpserver.
const (
	letters    = "a:w:"
	lettersTLS = "a:w:s:"
)

// defaultGrace is how long sessions may go on after a SIGTERM. Those that then
// see the end of what their client sends have lastWords to say so.
const (
	defaultGrace = 30 * time.Second
	lastWords    = 10 * time.Second
)

// place is an address to listen at.
type place struct {
	host, port string
	tls        bool // from the first byte on
}

type server struct {
	*Program
	listen.Server
	places []place
	grace  time.Duration
	bad    bool // an option's value

	mu       sync.Mutex
	number   int // of the last session
	sessions map[*os.File]bool
}

// Run is a Program's whole life.
func Run(p *cmd.Proc, program *Program) error {
	s := &server{Program: program, grace: defaultGrace, number: p.Pid, sessions: map[*os.File]bool{}}
	extra := letters
	if program.TLS {
		extra = lettersTLS
	}
	options, problem, ok := listen.ParseOwn(p, extra, s.option)
	if !ok || s.bad {
		return p.Misuse(problem, program.Usage)
	}
	s.places = append([]place{{host: options.Host, port: options.Port}}, s.places...)
	mapped := options.Family == peer.IPv6
	s.Server = listen.Server{
		Options: options, P: p, Serve: s.session,
		Variables: func(ends *peer.Peer, env *peer.Env) {
			env.Set("PROTO", ends.Protocol(mapped))
			ends.Variables(env, "TCP", mapped)
		},
	}
	sys.CatchPipe()
	if w := hold.Inherited(p); w != nil {
		return s.work(w)
	}
	return s.hold()
}

func (s *server) option(opt byte, arg string) {
	switch opt {
	case 'w':
		grace, rest := tcpopt.Seconds(arg)
		s.bad = s.bad || rest != ""
		s.grace = grace
	default:
		host, port, err := net.SplitHostPort(arg)
		s.bad = s.bad || err != nil
		s.places = append(s.places, place{host, port, opt == 's'})
	}
}

// hold is the process that has the sockets.
func (s *server) hold() error {
	var fds []int
	ports := ""
	for _, at := range s.places {
		one := listen.Server{Options: s.Options, P: s.P}
		one.Host, one.Port = at.host, at.port
		fd, addr, err := one.Open()
		if err != nil {
			return err
		}
		fds = append(fds, fd)
		_, port, _ := net.SplitHostPort(addr.String())
		ports += port + "\n"
	}
	if err := s.unprivileged(); err != nil {
		return err
	}
	if err := s.Become(); err != nil {
		return err
	}
	if s.TellPort {
		s.P.Stdout.WriteString(ports)
	}
	if err := sys.ToNull(0, 1); err != nil { // who reads the ports sees their end
		return s.P.FatalSys(cmd.ExitTemporary, "unable to open "+os.DevNull, err)
	}
	return hold.Serve(s.P, fds, func(text string) { s.say(text) })
}

// unprivileged has root become the user of network servers where no other was
// asked for: what strangers send is never read by root.
func (s *server) unprivileged() error {
	if os.Getuid() != 0 {
		return nil
	}
	own := ids.Of(s.P.Home)
	if s.Gid == 0 {
		gid, err := own.Group(ids.GroupNofiles)
		if err != nil {
			return err
		}
		s.Gid = int(gid)
	}
	if s.Uid == 0 {
		uid, err := own.User(ids.Daemon)
		if err != nil {
			return err
		}
		s.Uid = int(uid)
	}
	return nil
}

func (s *server) say(text string) {
	if s.Level >= tcpopt.Errors {
		s.P.Stderr.WriteString(s.P.Name + ": warning: " + text + "\n")
	}
}
