// Package dial is what clients of the UCSPI family have in common: they
// connect to the first address of a host that answers, learn who is at both
// ends, and become a program that finds the connection on its descriptors 6
// and 7.
package dial

import (
	"net/netip"
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/getopt"
	"qmailkit/internal/peer"
)

// How much a client says.
const (
	Quiet   = iota // nothing
	Errors         // what goes wrong
	Verbose        // that it has connected as well
)

// letters are the options that all clients over TCP have.
const letters = "dDvqQhHrRi:p:t:T:l:46"

// Options is what a command line asks of a client over TCP, tcpclient(1).
type Options struct {
	Level    int
	NoDelay  bool
	Local    netip.AddrPort // of this end; what is not given is 0
	Timeouts [2]time.Duration

	Names     bool // look the other side's name up
	Ident     bool
	Patience  time.Duration // for ident
	LocalName peer.Name

	Family  int
	Host    string
	Port    string
	Program []string
}

// Parse reads the command line. Options of the letters in extra go to more.
// Where it is wrong ok is false, and problem, if any, says what getopt(3) would.
func Parse(p *cmd.Proc, extra string, more func(opt byte, arg string)) (o Options, problem string, ok bool) {
	o = Options{Level: Errors, Timeouts: [2]time.Duration{2 * time.Second, 58 * time.Second}, Names: true, Ident: true,
		Patience: 26 * time.Second}
	opts := getopt.New(letters+extra, p.Args)
	for {
		is, err := opts.Next()
		if err != nil {
			return o, opts.Problem(p.Name, err), false
		}
		if !is {
			break
		}
		switch {
		case strings.IndexByte(extra, opts.Opt) >= 0:
			more(opts.Opt, opts.Arg)
		case !o.set(opts.Opt, opts.Arg):
			return o, "", false
		}
	}
	if len(opts.Args) < 3 {
		return o, "", false
	}
	o.Host, o.Port, o.Program = opts.Args[0], opts.Args[1], opts.Args[2:]
	return o, "", true
}

func (o *Options) set(opt byte, arg string) (ok bool) {
	switch opt {
	case 'q':
		o.Level = Quiet
	case 'Q':
		o.Level = Errors
	case 'v':
		o.Level = Verbose
	case 'd', 'D':
		o.NoDelay = opt == 'D'
	case 'h', 'H':
		o.Names = opt == 'h'
	case 'r', 'R':
		o.Ident = opt == 'r'
	case '4':
		o.Family = peer.IPv4
	case '6':
		o.Family = peer.IPv6
	case 'l':
		o.LocalName = peer.Name{Text: arg, Known: true}
	case 't':
		o.Patience, _ = seconds(arg)
	case 'T':
		var rest string
		o.Timeouts[0], rest = seconds(arg)
		o.Timeouts[1], _ = seconds(strings.TrimPrefix(rest, "+"))
	case 'p':
		n, _ := control.LeadingInt(arg)
		o.Local = netip.AddrPortFrom(o.Local.Addr(), uint16(n))
	case 'i':
		ip, err := netip.ParseAddr(arg)
		if err != nil {
			return false
		}
		o.Local = netip.AddrPortFrom(ip.Unmap(), o.Local.Port())
	}
	return true
}

// seconds reads the number of seconds that s begins with, up to a day; no
// number is 0.
func seconds(s string) (d time.Duration, rest string) {
	const most = 24 * 60 * 60
	n, digits := control.LeadingInt(s)
	return time.Duration(min(n, most)) * time.Second, s[digits:]
}
