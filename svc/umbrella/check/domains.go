package check

import (
	"fmt"
	"strconv"
	"strings"

	"qmailkit/internal/control"
	"qmailkit/internal/rcpthosts"
)

// lines returns the entries of a list with the path to tell of them.
func (c *checker) lines(name string) []control.Entry {
	if !c.present[name] {
		return nil
	}
	return c.entries(name)
}

func (c *checker) at(name string, line int) string {
	return c.path("control", name) + ":" + strconv.Itoa(line)
}

// domains looks at what locals, virtualdomains, rcpthosts and percenthack say
// together.
func (c *checker) domains() {
	locals := map[string]bool{}
	c.report.Looked++
	if !c.present["locals"] && c.me != "" {
		locals[control.Fold(c.me)] = true
	}
	for _, e := range c.lines("locals") {
		locals[control.Fold(e.Text)] = true
	}
	c.accepted(locals)
	for _, e := range c.lines("virtualdomains") {
		who, prefix, ok := strings.Cut(e.Text, ":")
		host := control.Fold(who[strings.LastIndexByte(who, '@')+1:])
		switch {
		case !ok:
		case locals[host]:
			c.risk("virtual-local", c.at("virtualdomains", e.Line), host+" is in locals too", "locals comes first, and this line does nothing", "sed -i '/^"+host+"$/d' "+quote(c.path("control", "locals"))+"; kill -HUP $(pgrep -x qmail-send)")
		case strings.Contains(prefix, "@"), strings.ContainsAny(prefix, " \t"):
			c.risk("virtual-prefix", c.at("virtualdomains", e.Line), fmt.Sprintf("%q is no name of a user", clip(prefix)), "it is put before the address as it stands, and nobody has such an address; forwards belong into a dot-qmail file", "qmail trace test@"+quote(host))
		}
	}
	if c.present["locals"] && len(c.lines("locals")) == 0 && len(c.lines("virtualdomains")) == 0 && c.present["rcpthosts"] && len(c.lines("rcpthosts")) > 0 && len(c.lines("smtproutes")) == 0 {
		c.risk("locals-empty", c.path("control", "locals"), "it is empty, there are no virtualdomains, and mail is taken by SMTP", "what is taken is for other hosts, and may come back here", "qmail showctl locals rcpthosts")
	}
}

// accepted looks at what qmail-smtpd takes mail for.
func (c *checker) accepted(locals map[string]bool) {
	path := c.path("control", "rcpthosts")
	if !c.present["rcpthosts"] {
		c.risk("relay-open", path, "there is no such file", "qmail-smtpd takes mail from everybody to everywhere: this host will be used for spam, and then be blocked", "cp "+quote(c.path("control", "locals"))+" "+quote(path))
		return
	}
	for _, e := range c.lines("rcpthosts") {
		if e.Text == "." || e.Text == "*" {
			c.risk("rcpthosts-all", c.at("rcpthosts", e.Line), fmt.Sprintf("%q does not mean everything", e.Text), "there is no such form; mail that is meant to be taken is refused", "sed -i "+strconv.Itoa(e.Line)+"d "+quote(path))
		}
	}
	hosts, err := rcpthosts.Open(c.dir)
	if err != nil {
		c.risk("rcpthosts", path, reason(err), "no mail is taken by SMTP", "qmail showctl rcpthosts")
		return
	}
	defer hosts.Close()
	accepts := func(host string) bool {
		ok, err := hosts.Accepts("x@" + host)
		return ok || err != nil
	}
	missed := func(file string, line int, host string) {
		c.risk("rcpthosts-missing", c.at(file, line), host+" is not in rcpthosts", "mail for it is delivered here, and qmail-smtpd refuses to take it", "echo "+quote(host)+" >> "+quote(path))
	}
	for _, e := range c.lines("locals") {
		if host := control.Fold(e.Text); host != "localhost" && !strings.HasPrefix(host, "localhost.") && badHost(host) == "" && !accepts(host) {
			missed("locals", e.Line, host)
		}
	}
	for _, e := range c.lines("virtualdomains") {
		who, prefix, ok := strings.Cut(e.Text, ":")
		host := control.Fold(who[strings.LastIndexByte(who, '@')+1:])
		if probe := strings.TrimPrefix(host, "."); ok && prefix != "" && probe != "" && badHost(probe) == "" {
			if strings.HasPrefix(host, ".") {
				probe = "any" + host
			}
			if !accepts(probe) {
				missed("virtualdomains", e.Line, host)
			}
		}
	}
	for _, e := range c.lines("percenthack") {
		if accepts(e.Text) {
			c.risk("percenthack", c.at("percenthack", e.Line), e.Text+" is in rcpthosts too", "strangers can send mail to anywhere through it", "sed -i "+strconv.Itoa(e.Line)+"d "+quote(c.path("control", "percenthack")))
		}
	}
}
