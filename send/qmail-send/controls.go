package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"qmailkit/internal/control"
	"qmailkit/send"
)

// config is what the control files say when qmail-send starts. Only its rules
// and the limits of domains are read again.
type config struct {
	rules    *send.Rules
	lifetime int64 // seconds that a message may stay in the queue
	limit    [send.Channels]int
	wide     [send.Channels]bool // the spawner knows slots of two bytes

	domainLimits []string // deliveries at once to a domain: lines of concurrencyperdomain

	me string // of the start; what locals defaults to, also at a HUP
	ok bool   // whether there was one

	bounceFrom, bounceHost string
	doubleBounceTo         string // an address; "" throws double bounces away
	bounceMaxBytes         int64  // of the message in a bounce; 0 is no limit
	words, doubleWords     words  // in place of a bounce's usual ones
}

// words are a bounce's subject and introduction, where control files give any.
type words struct{ subject, intro string }

const defaultLifetime = 604800

// readControls reads the control files below home, or says why qmail-send
// cannot start.
func readControls(home string) (*config, string) {
	if !enterable(home) {
		return nil, noHome
	}
	r := reader{dir: control.Dir(filepath.Join(home, "control"))}
	c := &config{}
	c.me, c.ok = r.line("me")
	r.me, r.haveMe = c.me, c.ok
	c.lifetime = int64(r.number("queuelifetime", defaultLifetime))
	c.limit = [send.Channels]int{r.number("concurrencylocal", 10), r.number("concurrencyremote", 20)}
	c.domainLimits = r.lines("concurrencyperdomain")
	envNoAtHost := r.lineOrMe("envnoathost")
	c.bounceFrom = r.lineOr("bouncefrom", "MAILER-DAEMON")
	c.bounceHost = r.lineOrMe("bouncehost")
	c.doubleBounceTo = doubleBounceTo(r.lineOr("doublebounceto", "postmaster"), r.lineOrMe("doublebouncehost"))
	c.bounceMaxBytes = int64(r.number("bouncemaxbytes", 0))
	c.words = words{r.lineOr("bouncesubject", ""), r.text("bouncemessage")}
	c.doubleWords = words{r.lineOr("doublebouncesubject", ""), r.text("doublebouncemessage")}
	locals, found := r.locals()
	percentHack := r.lines("percenthack")
	virtual := r.lines("virtualdomains")
	if r.err != nil || !found {
		return nil, noControls
	}
	c.rules = send.NewRules(locals, virtual, percentHack, envNoAtHost)
	return c, ""
}

// doubleBounceTo puts an address together. An empty box asks for no double
// bounces, as the doublebounce-trim patch has it; a box that is an address
// already gets no second host. An envelope holds nothing behind a NUL.
func doubleBounceTo(box, host string) string {
	if box != "" && strings.IndexByte(box, '@') < 0 {
		box += "@" + host
	}
	address, _, _ := strings.Cut(box, "\x00")
	return address
}

// Of a HUP that goes wrong.
const (
	noRereadHome    = "alert: unable to reread controls: unable to switch to home directory\n"
	noRereadLocals  = "alert: unable to reread control/locals\n"
	noRereadVirtual = "alert: unable to reread control/virtualdomains\n"
	noRereadLimits  = "alert: unable to reread control/concurrencyperdomain\n"
)

// reread takes locals, virtualdomains and concurrencyperdomain from their files
// again. What is under way keeps the rules that it began with.
func (l *loop) reread() {
	if !enterable(l.home) {
		l.log.put(noRereadHome)
		return
	}
	r := reader{dir: control.Dir(filepath.Join(l.home, "control")), me: l.conf.me, haveMe: l.conf.ok}
	locals, found := r.locals()
	if r.err != nil || !found {
		l.log.put(noRereadLocals)
		return
	}
	virtual := r.lines("virtualdomains")
	if r.err != nil {
		l.log.put(noRereadVirtual)
		return
	}
	l.rules = l.rules.WithDomains(locals, virtual)
	limits := r.lines("concurrencyperdomain")
	if r.err != nil {
		l.log.put(noRereadLimits)
		return
	}
	l.limitDomains(limits)
}

// reader reads control files and remembers the first failure.
type reader struct {
	dir    control.Dir
	me     string
	haveMe bool
	err    error
}

func (r *reader) failed(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) line(name string) (string, bool) {
	line, ok, err := r.dir.Line(name)
	r.failed(err)
	return line, ok
}

func (r *reader) lineOr(name, def string) string {
	if line, ok := r.line(name); ok {
		return line
	}
	return def
}

// lineOrMe defaults to me, and to the file's own name where there is no me.
func (r *reader) lineOrMe(name string) string {
	if r.haveMe {
		return r.lineOr(name, r.me)
	}
	return r.lineOr(name, name)
}

func (r *reader) number(name string, def int) int {
	n, ok, err := r.dir.Int(name)
	r.failed(err)
	if !ok {
		return def
	}
	return n
}

func (r *reader) lines(name string) []string {
	lines, _, err := r.dir.Lines(name)
	r.failed(err)
	return lines
}

func (r *reader) locals() (lines []string, found bool) {
	lines, ok, err := r.dir.Lines("locals")
	r.failed(err)
	if !ok && r.haveMe {
		return []string{r.me}, true
	}
	return lines, ok
}

const maxText = 64 << 10

// text returns a file as it stands, its first 64 KiB.
func (r *reader) text(name string) string {
	f, err := os.Open(filepath.Join(string(r.dir), name))
	if os.IsNotExist(err) {
		return ""
	}
	if err != nil {
		r.failed(err)
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, maxText))
	r.failed(err)
	return string(b)
}
