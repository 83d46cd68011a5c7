package main

import (
	"net/netip"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/dns"
	"qmailkit/internal/getopt"
	"qmailkit/internal/ident"
	"qmailkit/internal/sock"
)

const (
	letters = "rRt:"

	// protocol is what PROTO says of a program that knows its connection.
	protocol = "TCP"

	// softName stands for a name that no server could be asked for.
	softName = "softdnserror"

	defaultPatience = 30
	maxPatience     = 24 * 60 * 60
)

// Run becomes the program that its arguments name, with the variables of
// tcp-environ(5). It ends with 111 and no word if it cannot.
func Run(p *cmd.Proc) error {
	ask, patience := true, defaultPatience*time.Second
	opts := getopt.New(letters, p.Args)
	for opts.Next() || opts.Err != nil {
		switch {
		case opts.Err != nil: // no word: standard error may be the connection
		case opts.Opt == 't':
			patience = seconds(opts.Arg)
		default:
			ask = opts.Opt == 'r'
		}
	}
	if len(opts.Args) == 0 {
		return cmd.Silent(cmd.ExitTemporary)
	}
	if p.Getenv("PROTO") != protocol {
		if err := describe(p, ask, patience); err != nil {
			return &cmd.Exit{Code: cmd.ExitTemporary, Err: err}
		}
	}
	return &cmd.Exit{Code: cmd.ExitTemporary, Err: child.Exec(p, opts.Args)}
}

// seconds reads the number that s begins with; no number is 0.
func seconds(s string) time.Duration {
	n := 0
	for _, c := range []byte(s) {
		if c < '0' || c > '9' {
			break
		}
		n = min(10*n+int(c-'0'), maxPatience)
	}
	return time.Duration(n) * time.Second
}

// describe sets the variables for the connection on descriptor 0.
func describe(p *cmd.Proc, ask bool, patience time.Duration) error {
	local, err := end(p.Stdin, syscall.Getsockname)
	if err != nil {
		return err
	}
	remote, err := end(p.Stdin, syscall.Getpeername)
	if err != nil {
		return err
	}
	p.Setenv("PROTO", protocol)
	resolver := dns.System(p.Getenv)
	tell(p, resolver, "TCPLOCAL", local)
	tell(p, resolver, "TCPREMOTE", remote)
	p.Unsetenv("TCPREMOTEINFO")
	if ask {
		if info, ok := owner(remote, local, patience); ok {
			p.Setenv("TCPREMOTEINFO", info)
		}
	}
	return nil
}

// owner asks the host of remote whose connection to local that is. It waits no
// longer than patience for a connection, and again for an answer to begin and
// to end.
func owner(remote, local netip.AddrPort, patience time.Duration) (name string, ok bool) {
	conn, err := sock.TCPFrom(local.Addr(), netip.AddrPortFrom(remote.Addr(), ident.Port), patience, patience)
	if err != nil {
		return "", false
	}
	defer conn.Close()
	return ident.Ask(impatient{conn, time.Now().Add(patience)}, remote, local)
}

// impatient does not begin to wait any more after end: an answer that comes
// byte by byte is none.
type impatient struct {
	*sock.Conn
	end time.Time
}

func (c impatient) Read(b []byte) (int, error) {
	if time.Now().After(c.end) {
		return 0, syscall.ETIMEDOUT
	}
	return c.Conn.Read(b)
}

// tell sets the variables of one end, whose names begin with prefix.
func tell(p *cmd.Proc, resolver *dns.Resolver, prefix string, end netip.AddrPort) {
	p.Setenv(prefix+"PORT", strconv.Itoa(int(end.Port())))
	p.Setenv(prefix+"IP", end.Addr().String())
	name, err := resolver.PTR(end.Addr())
	switch {
	case err == nil:
		p.Setenv(prefix+"HOST", strings.ToLower(dns.Escape(name)))
	case dns.Hard(err):
		p.Unsetenv(prefix + "HOST")
	default:
		p.Setenv(prefix+"HOST", softName)
	}
}

// end returns the address that call says of socket.
func end(socket *os.File, call func(fd int) (syscall.Sockaddr, error)) (netip.AddrPort, error) {
	address, err := call(int(socket.Fd()))
	if err != nil {
		return netip.AddrPort{}, err
	}
	switch a := address.(type) {
	case *syscall.SockaddrInet4:
		return netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port)), nil
	case *syscall.SockaddrInet6:
		return netip.AddrPortFrom(netip.AddrFrom16(a.Addr).Unmap(), uint16(a.Port)), nil
	}
	return netip.AddrPort{}, syscall.EAFNOSUPPORT
}
