// Package tcpopt is the options that clients and servers over TCP have in
// common, tcpclient(1) and tcpserver(1).
package tcpopt

import (
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/getopt"
	"qmailkit/internal/peer"
)

// How much a program says.
const (
	Quiet   = iota // nothing
	Errors         // what goes wrong
	Verbose        // who is connected as well, and what servers do about it
)

const (
	letters = "dDvqQhHrRt:l:46"

	defaultPatience = 26 * time.Second
	maxSeconds      = 24 * 60 * 60
)

// Options is what a command line asks of either.
type Options struct {
	Level   int
	NoDelay bool
	Family  int
	Lookups peer.Lookups // its Resolver is for the program to set

	Host    string // as written
	Port    string
	Program []string // what is behind them
}

// Parse reads p's command line, which has at least a host and a port. Options
// of the letters in own go to set; what set cannot use is wrong. Where the
// line is wrong ok is false, and problem, if any, says what getopt(3) would.
func (o *Options) Parse(p *cmd.Proc, own string, set func(opt byte, arg string) bool) (problem string, ok bool) {
	o.Level = Errors
	o.Lookups = peer.Lookups{Remote: true, Ident: true, Patience: defaultPatience}
	opts := getopt.New(letters+own, p.Args)
	for opts.Next() {
		if !o.set(opts.Opt, opts.Arg) && !set(opts.Opt, opts.Arg) {
			return "", false
		}
	}
	if opts.Err != nil || len(opts.Args) < 2 {
		return opts.Problem(p.Name), false
	}
	o.Host, o.Port, o.Program = opts.Args[0], opts.Args[1], opts.Args[2:]
	return "", true
}

func (o *Options) set(opt byte, arg string) (known bool) {
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
		o.Lookups.Remote = opt == 'h'
	case 'r', 'R':
		o.Lookups.Ident = opt == 'r'
	case 't':
		o.Lookups.Patience, _ = Seconds(arg)
	case 'l':
		o.Lookups.Local = peer.Name{Text: arg, Known: true}
	case '4':
		o.Family = peer.IPv4
	case '6':
		o.Family = peer.IPv6
	default:
		return false
	}
	return true
}

// Seconds reads the number of seconds that s begins with, up to a day; no
// number is 0.
func Seconds(s string) (d time.Duration, rest string) {
	n, digits := control.LeadingInt(s)
	return time.Duration(min(n, maxSeconds)) * time.Second, s[digits:]
}
