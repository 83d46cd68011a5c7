package listen

import (
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/tcpopt"
)

// letters are the options that all servers over TCP have besides those of tcpopt.
const letters = "1UXx:u:g:b:B:c:pPoOC:I:"

const (
	defaultLimit   = 40
	defaultBacklog = 20
	ownBacklog     = 128 // of a server that takes a burst of clients as fast as they come
)

// Options is what a command line asks of a server over TCP, tcpserver(1).
type Options struct {
	tcpopt.Options
	Limit     int // connections at a time
	Backlog   int
	PerIP     string // the default of MAXCONNIP, "" for none
	PerIPSays string // of DIEMSG
	Rules     string // database of rules, "" for none
	NoRules   bool   // it need not exist
	Banner    string
	Uid, Gid  int // 0 is no change
	TellPort  bool
	KeepIP    bool   // leave IP options alone
	Interface string // for link-local addresses
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
	o.Limit, o.Backlog = defaultLimit, backlog
	problem, ok = o.Parse(p, letters+extra, func(opt byte, arg string) bool {
		if strings.IndexByte(extra, opt) >= 0 {
			more(opt, arg)
		} else {
			o.set(p, opt, arg)
		}
		return true
	})
	return o, problem, ok
}

func (o *Options) set(p *cmd.Proc, opt byte, arg string) {
	switch opt {
	case 'p', 'P':
		o.Lookups.Paranoid = opt == 'p'
	case 'o', 'O':
		o.KeepIP = opt == 'o'
	case 'X':
		o.NoRules = true
	case '1':
		o.TellPort = true
	case 'U':
		if v, set := p.LookupEnv("UID"); set {
			o.Uid = number(v)
		}
		if v, set := p.LookupEnv("GID"); set {
			o.Gid = number(v)
		}
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
	case 'I':
		o.Interface = arg
	}
}

// number reads the number that s begins with; no number is 0.
func number(s string) int {
	n, _ := control.LeadingInt(s)
	return n
}
