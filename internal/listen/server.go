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

	pool     *Pool
	resolver *dns.Resolver
	census   census
	busy     sync.WaitGroup // connections in handle
}

// Run serves until a SIGTERM comes. Its errors are those of the beginning,
// ready for cmd.Main.
func (s *Server) Run() error {
	sys.CatchPipe()
	s.resolver = dns.System(s.P.Getenv)
	fd, at, err := s.open()
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
	var say func(string)
	if s.Level >= Verbose {
		say = s.write
	}
	s.pool = NewPool(s.P.Name, s.Limit, say)
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	go func() {
		<-term
		s.pool.Stop()
		listener.Close()
		signal.Reset(syscall.SIGTERM) // a second one is meant
	}()
	s.pool.Serve(listener, s.take, func(err error) { s.warn("unable to accept connection", err) })
	s.busy.Wait()
	return nil
}

func (s *Server) open() (fd int, at netip.AddrPort, err error) {
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
	list, err := peer.Addresses(s.resolver, host, s.Family)
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
	if what, err := become(s.Gid, s.Uid); err != nil {
		return s.fatal(what, err)
	}
	if s.Prepare != nil && s.PrepareLate {
		return s.Prepare()
	}
	return nil
}

// take is called for each connection, in the order in which they come.
func (s *Server) take(fd int, from syscall.Sockaddr) {
	remote := peer.FromSockaddr(from)
	s.busy.Add(1)
	go s.handle(fd, remote, s.census.enter(remote.Addr()))
}

// Fatal ends a server that is about to begin, with 111.
func (s *Server) Fatal(text string) error { return s.fatalText(text) }

func (s *Server) fatal(what string, err error) error {
	if s.Level == Quiet {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return s.P.FatalSys(cmd.ExitTemporary, what, err)
}

// fatalText is fatal where no system call has failed.
func (s *Server) fatalText(text string) error {
	if s.Level == Quiet {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return s.P.Fatal(cmd.ExitTemporary, text)
}

func (s *Server) warn(what string, err error) {
	if s.Level >= Errors {
		s.write(s.P.Name + ": warning: " + what + ": " + errText(err) + "\n")
	}
}

// write writes whole lines in one piece.
func (s *Server) write(lines string) {
	if lines != "" {
		s.P.Stderr.WriteString(lines)
	}
}
