package dial

import (
	"errors"
	"net/netip"
	"strconv"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/internal/errstr"
	"qmailkit/internal/peer"
	"qmailkit/internal/sock"
	"qmailkit/internal/sys"
	"qmailkit/internal/tcpopt"
)

// thisHost is what host 0 means.
const thisHost = "127.0.0.1"

// Client is a client over TCP on its way to becoming a program.
type Client struct {
	Options
	P    *cmd.Proc
	FD   int // the connection
	Peer peer.Peer
}

// Connect connects. Its errors are ready for cmd.Main.
func Connect(p *cmd.Proc, o Options) (*Client, error) {
	c := &Client{Options: o, P: p}
	c.Lookups.Resolver, c.Lookups.Nameless = dns.System(p.Getenv), true
	if c.Host == "" || c.Host == "0" {
		c.Host = thisHost
	}
	port, ok := peer.Port(c.Port)
	if !ok {
		return nil, c.FatalText("unable to figure out port number for " + c.Port)
	}
	list, err := peer.Addresses(c.Lookups.Resolver, c.Host, c.Family)
	var none *peer.ErrNoAddress
	switch {
	case errors.As(err, &none):
		return nil, c.FatalText(none.Error())
	case err != nil:
		return nil, c.Fatal("temporarily unable to figure out IP address for "+c.Host, err)
	}
	conn, err := c.try(list, port)
	if err != nil {
		return nil, err
	}
	if c.FD, err = conn.Detach(); err != nil {
		return nil, c.Fatal("unable to set up connection", err)
	}
	delay := 0
	if c.NoDelay {
		delay = 1
	}
	syscall.SetsockoptInt(c.FD, syscall.IPPROTO_TCP, syscall.TCP_NODELAY, delay)
	return c, nil
}

// try connects to the addresses in turn. Where there are more than one, those
// that do not answer soon get a second chance when all others have failed.
func (c *Client) try(list []netip.Addr, port uint16) (*sock.Conn, error) {
	rounds := c.Timeouts[:]
	if len(list) == 1 || rounds[1] == 0 {
		rounds = []time.Duration{rounds[0] + rounds[1]}
	}
	for i, timeout := range rounds {
		var again []netip.Addr
		for _, ip := range list {
			addr := netip.AddrPortFrom(ip, port)
			conn, err := sock.TCPBetween(c.from(ip), addr, timeout, timeout)
			var open *sock.OpenError
			switch {
			case err == nil:
				return conn, nil
			case errors.As(err, &open):
				what := "unable to create socket"
				if sys.Call(err) == "bind" {
					what = "unable to bind socket"
				}
				return nil, c.Fatal(what, err)
			case i+1 < len(rounds) && sock.TimedOut(err):
				again = append(again, ip)
			default:
				c.warn(addr, err)
			}
		}
		list = again
	}
	return nil, cmd.Silent(cmd.ExitTemporary)
}

// from is where connections to ip come from.
func (c *Client) from(ip netip.Addr) netip.AddrPort {
	own := c.Local.Addr()
	if own.IsValid() || c.Local.Port() == 0 {
		return c.Local
	}
	own = netip.IPv4Unspecified()
	if ip.Is6() {
		own = netip.IPv6Unspecified()
	}
	return netip.AddrPortFrom(own, c.Local.Port())
}

func (c *Client) warn(addr netip.AddrPort, err error) {
	if c.Level >= tcpopt.Errors {
		c.P.Stderr.WriteString(c.P.Name + ": unable to connect to " + place(addr) + ": " + errstr.Text(err) + "\n")
	}
}

func place(addr netip.AddrPort) string {
	return addr.Addr().String() + " port " + strconv.Itoa(int(addr.Port()))
}

// Learn learns who is at both ends, and says with whom it has connected.
func (c *Client) Learn() (err error) {
	if c.Peer.Local, err = peer.LocalAddr(c.FD); err != nil {
		return c.Fatal("unable to get local address", err)
	}
	if c.Peer.Remote, err = peer.RemoteAddr(c.FD); err != nil {
		return c.Fatal("unable to get remote address", err)
	}
	if c.Level >= tcpopt.Verbose {
		c.P.Stderr.WriteString(c.P.Name + ": connected to " + place(c.Peer.Remote) + "\n")
	}
	c.Peer.Learn(&c.Lookups)
	return nil
}

// The descriptors of the program.
const firstFD = 6

// Become becomes the program, which reads from in and writes to out, with
// env's changes to the environment. It returns only on failure.
func (c *Client) Become(env *peer.Env, in, out int) error {
	if err := sys.PlaceAt(firstFD, in, out); err != nil {
		return c.Fatal("unable to set up descriptors", err)
	}
	return c.Fatal("unable to run "+c.Program[0], child.ExecEnv(c.P, env.Of(c.P.Env), c.Program))
}

// Fatal ends the client with 111.
func (c *Client) Fatal(what string, err error) error {
	if c.Level == tcpopt.Quiet {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return c.P.FatalSys(cmd.ExitTemporary, what, err)
}

// FatalText is Fatal where no system call has failed.
func (c *Client) FatalText(text string) error {
	if c.Level == tcpopt.Quiet {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return c.P.Fatal(cmd.ExitTemporary, text)
}
