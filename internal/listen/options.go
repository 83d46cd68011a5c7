package listen

import (
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/getopt"
	"qmailkit/internal/peer"
)

// How much a server says.
const (
	Quiet   = iota // nothing
	Errors         // what goes wrong
	Verbose        // a line for each step of each connection as well
)

// letters are the options that all servers over TCP have.
const letters = "dDvqQhHrR1UXx:t:u:g:l:b:B:c:pPoO46C:I:"

const (
	defaultLimit    = 40
	defaultBacklog  = 20
	ownBacklog      = 128 // of a server that takes a burst of clients as fast as they come
	defaultPatience = 26  // seconds
	maxPatience     = 24 * 60 * 60
)

// Options is what a command line asks of a server over TCP, tcpserver(1).
type Options struct {
	Level     int
	Limit     int // connections at a time
	Backlog   int
	PerIP     string // the default of MAXCONNIP, "" for none
	PerIPSays string // of DIEMSG
	Rules     string // database of rules, "" for none
	NoRules   bool   // it need not exist
	Banner    string
	Uid, Gid  int // 0 is no change
	TellPort  bool
	KeepIP    bool // leave IP options alone
	NoDelay   bool

	Names    bool // look the client's name up
	Paranoid bool // and its addresses
	Ident    bool
	Patience time.Duration // for ident
	Local    peer.Name     // our name

	Family    int
	Interface string // for link-local addresses
	Host      string // as written
	Port      string
	Program   []string
}

// Parse reads the command line. Options of the letters in extra go to more.
// Where it is wrong ok is false, and problem, if any, says what getopt(3) would.
func Parse(p *cmd.Proc, extra string, more func(opt byte, arg string)) (o Options, problem string, ok bool) {
	o, problem, ok = parse(p, defaultBacklog, extra, more)
	return o, problem, ok && len(o.Program) > 0
}

// ParseOwn is Parse for a server that runs no program: Program is what arguments
// there are after host and port.
func ParseOwn(p *cmd.Proc, extra string, more func(opt byte, arg string)) (o Options, problem string, ok bool) {
	return parse(p, ownBacklog, extra, more)
}

func parse(p *cmd.Proc, backlog int, extra string, more func(opt byte, arg string)) (o Options, problem string, ok bool) {
	o = Options{Level: Errors, Limit: defaultLimit, Backlog: backlog, Names: true, Ident: true, Patience: defaultPatience * time.Second}
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
		case strings.Contains(letters, string(opts.Opt)+":"):
			o.value(opts.Opt, opts.Arg)
		default:
			o.flag(p, opts.Opt)
		}
	}
	if len(opts.Args) < 2 {
		return o, "", false
	}
	o.Host, o.Port, o.Program = opts.Args[0], opts.Args[1], opts.Args[2:]
	return o, "", true
}

func (o *Options) flag(p *cmd.Proc, opt byte) {
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
	case 'p', 'P':
		o.Paranoid = opt == 'p'
	case 'o', 'O':
		o.KeepIP = opt == 'o'
	case 'X':
		o.NoRules = true
	case '1':
		o.TellPort = true
	case '4':
		o.Family = peer.IPv4
	case '6':
		o.Family = peer.IPv6
	case 'U':
		if v, set := p.LookupEnv("UID"); set {
			o.Uid = number(v)
		}
		if v, set := p.LookupEnv("GID"); set {
			o.Gid = number(v)
		}
	}
}

func (o *Options) value(opt byte, arg string) {
	switch opt {
	case 'c':
		o.Limit = number(arg)
	case 'C':
		o.PerIP, o.PerIPSays, _ = strings.Cut(arg, ":")
	case 'x':
		o.Rules = arg
	case 'B':
		o.Banner = arg
	case 'g':
		o.Gid = number(arg)
	case 'u':
		o.Uid = number(arg)
	case 'b':
		o.Backlog = number(arg)
	case 'l':
		o.Local = peer.Name{Text: arg, Known: true}
	case 't':
		o.Patience = Seconds(arg)
	case 'I':
		o.Interface = arg
	}
}

// number reads the number that s begins with; no number is 0.
func number(s string) int {
	n, _ := control.LeadingInt(s)
	return n
}

// Seconds is the time that an option gives as a number of seconds, up to a day.
func Seconds(s string) time.Duration {
	return time.Duration(min(number(s), maxPatience)) * time.Second
}
