package listen

import (
	"errors"
	"net/netip"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/internal/peer"
	"qmailkit/internal/sys"
	"qmailkit/internal/tcpopt"
)

// Any address of this machine, as a host.
const (
	anyIPv4 = "0.0.0.0"
	anyIPv6 = "::"
)

// Server serves connections over TCP. Serve is what one such server does that
// others do not.
type Server struct {
	Options
	P *cmd.Proc

	// Prepare, if any, is called when the server listens: before it gives up
	// its user and group, or with PrepareLate after that.
	Prepare     func() error
	PrepareLate bool

	// Variables says who is there, in the words of the protocol.
	Variables func(p *peer.Peer, env *peer.Env)

	// BannerLate leaves the banner to Serve.
	BannerLate bool

	// Serve serves a connection that is to be served: it calls Start or Drop,
	// once. The connection is closed when it returns.
	Serve func(c *Conn)

	// Keep is the file of a Program that may stay for further connections
	// (package stay), or "". It has no other descriptors than 0 to 2.
	Keep string

	keeper *keeper
	pool   *Pool
	census census
	busy   sync.WaitGroup // connections in handle
}

// Run serves until a SIGTERM comes. Its errors are those of the beginning,
// ready for cmd.Main.
func (s *Server) Run() error {
	sys.CatchPipe()
	fd, at, err := s.Open()
	if err != nil {
		return err
	}
	listener, err := NewListener(fd)
	if err != nil {
		return s.fatal("unable to listen", err)
	}
	if err := s.settle(); err != nil {
		return err
	}
	if s.TellPort {
		s.P.Stdout.WriteString(strconv.Itoa(int(at.Port())) + "\n")
	}
	s.P.Stdin.Close()
	s.P.Stdout.Close()
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	stop := make(chan struct{})
	go func() {
		<-term
		close(stop)
		signal.Reset(syscall.SIGTERM) // a second one is meant
	}()
	s.ServeUntil(stop, listener)
	return nil
}

// ServeUntil serves the connections that come to the listeners until stop is
// closed, and those that are there then to their end. It closes the listeners.
func (s *Server) ServeUntil(stop <-chan struct{}, listeners ...*Listener) {
	if s.Lookups.Resolver == nil {
		s.Lookups.Resolver = dns.System(s.P.Getenv)
	}
	var say func(string)
	if s.Level >= tcpopt.Verbose {
		say = s.write
	}
	if s.Keep != "" {
		s.keeper = &keeper{path: s.Keep}
	}
	s.pool = NewPool(s.P.Name, s.Limit, say)
	go func() {
		<-stop
		s.pool.Stop()
		for _, l := range listeners {
			l.Close()
		}
	}()
	var accepting sync.WaitGroup
	for i, l := range listeners {
		accepting.Go(func() {
			s.pool.Serve(l, func(fd int, from syscall.Sockaddr) { s.take(fd, i, from) },
				func(err error) { s.warn("unable to accept connection", err) })
		})
	}
	accepting.Wait()
	s.busy.Wait()
}

// Open makes the socket that Host and Port ask for. Its errors are those of Run.
func (s *Server) Open() (fd int, at netip.AddrPort, err error) {
	s.Lookups.Resolver = dns.System(s.P.Getenv)
	port, ok := peer.Port(s.Port)
	if !ok {
		return -1, at, s.fatalText("unable to figure out port number for " + s.Port)
	}
	host := s.Host
	if host == "" || host == "0" {
		host = anyIPv4
		if s.Family == peer.IPv6 {
			host = anyIPv6
		}
	}
	list, err := peer.Addresses(s.Lookups.Resolver, host, s.Family)
	var none *peer.ErrNoAddress
	switch {
	case errors.As(err, &none):
		return -1, at, s.fatalText(none.Error())
	case err != nil:
		return -1, at, s.fatal("temporarily unable to figure out IP address for "+host, err)
	}
	ip := list[0]
	if s.Interface != "" && ip.Is6() {
		ip = ip.WithZone(s.Interface)
	}
	fd, at, err = listenAt(netip.AddrPortFrom(ip, port), s.Backlog)
	if err != nil {
		what := map[string]string{"socket": "unable to create socket", "bind": "unable to bind",
			"getsockname": "unable to get local address"}[sys.Call(err)]
		if what == "" {
			what = "unable to listen"
		}
		return -1, at, s.fatal(what, err)
	}
	return fd, at, nil
}

// settle gives up what the server needed to begin, and nothing after.
func (s *Server) settle() error {
	if s.Prepare != nil && !s.PrepareLate {
		if err := s.Prepare(); err != nil {
			return err
		}
	}
	if err := s.Become(); err != nil {
		return err
	}
	if s.Prepare != nil && s.PrepareLate {
		return s.Prepare()
	}
	return nil
}

// Become gives up this process's group and user, as the options say. Its
// errors are those of Run.
func (s *Server) Become() error {
	what, err := become(s.Gid, s.Uid)
	if err != nil {
		return s.fatal(what, err)
	}
	return nil
}

// take is called for each connection, in the order in which they come.
func (s *Server) take(fd, socket int, from syscall.Sockaddr) {
	remote := peer.FromSockaddr(from)
	s.busy.Add(1)
	go s.handle(fd, socket, remote, s.census.enter(remote.Addr()))
}

// Fatal ends a server that is about to begin, with 111.
func (s *Server) Fatal(text string) error { return s.fatalText(text) }

func (s *Server) fatal(what string, err error) error {
	if s.Level == tcpopt.Quiet {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return s.P.FatalSys(cmd.ExitTemporary, what, err)
}

// fatalText is fatal where no system call has failed.
func (s *Server) fatalText(text string) error {
	if s.Level == tcpopt.Quiet {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return s.P.Fatal(cmd.ExitTemporary, text)
}

func (s *Server) warn(what string, err error) {
	if s.Level >= tcpopt.Errors {
		s.write(s.P.Name + ": warning: " + what + ": " + errText(err) + "\n")
	}
}

// write writes whole lines in one piece.
func (s *Server) write(lines string) {
	if lines != "" {
		s.P.Stderr.WriteString(lines)
	}
}
