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
	"qmailkit/internal/tcpopt"
)

// letters are the options that all clients over TCP have besides those of tcpopt.
const letters = "i:p:T:"

// Options is what a command line asks of a client over TCP, tcpclient(1).
type Options struct {
	tcpopt.Options
	Local    netip.AddrPort // of this end; what is not given is 0
	Timeouts [2]time.Duration
}

// Parse reads the command line. Options of the letters in extra go to more.
// Where it is wrong ok is false, and problem, if any, says what getopt(3) would.
func Parse(p *cmd.Proc, extra string, more func(opt byte, arg string)) (o Options, problem string, ok bool) {
	o.Timeouts = [2]time.Duration{2 * time.Second, 58 * time.Second}
	problem, ok = o.Parse(p, letters+extra, func(opt byte, arg string) bool {
		if strings.IndexByte(extra, opt) < 0 {
			return o.set(opt, arg)
		}
		more(opt, arg)
		return true
	})
	return o, problem, ok && len(o.Program) > 0
}

func (o *Options) set(opt byte, arg string) (ok bool) {
	switch opt {
	case 'T':
		var rest string
		o.Timeouts[0], rest = tcpopt.Seconds(arg)
		o.Timeouts[1], _ = tcpopt.Seconds(strings.TrimPrefix(rest, "+"))
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
