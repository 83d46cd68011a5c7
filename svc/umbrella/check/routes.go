package check

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"qmailkit/internal/cdb"
	"qmailkit/internal/control"
	"qmailkit/internal/users"
	"qmailkit/qmtp"
	"qmailkit/remote"
	"qmailkit/remote/smtpd"
)

// routes looks at what qmail-remote reads.
func (c *checker) routes() {
	c.report.Looked++
	if _, err := remote.LoadSettings(c.dir); err != nil && c.present["me"] {
		var bad *control.Error
		where := string(c.dir)
		if errors.As(err, &bad) {
			where = c.path("control", filepath.Base(bad.File))
			if bad.Line > 0 {
				where = c.at(filepath.Base(bad.File), bad.Line)
			}
		}
		c.risk("remote-settings", where, reason(err), "no mail is sent to other hosts: all of it waits", "qmail showctl "+strings.SplitN(filepath.Base(where), ":", 2)[0])
	}
	for _, file := range []struct {
		name string
		port uint16
	}{{"smtproutes", remote.DefaultPort}, {"qmtproutes", qmtp.Port}, {"authsenders", remote.DefaultPort}} {
		for _, e := range c.lines(file.name) {
			c.report.Looked++
			host, relay, ok := strings.Cut(e.Text, ":")
			if !ok {
				continue // lists has told, or there is no relay
			}
			route, err := remote.ParseRoute(relay, file.port)
			where := c.at(file.name, e.Line)
			switch {
			case err != nil:
				c.risk("route", where, reason(err), "mail that it is for waits until it is given up", "qmail showctl "+file.name)
			case route.Relay != "" && (control.Fold(route.Relay) == control.Fold(c.me) || route.Relay == "127.0.0.1" && route.Port == remote.DefaultPort && file.port == remote.DefaultPort):
				c.risk("route-self", where, fmt.Sprintf("mail for %q is sent to this host", host), "it goes in a circle", "qmail showctl "+file.name)
			case route.Relay != "" && badHost(route.Relay) != "" && !address(route.Relay):
				c.risk("route-relay", where, fmt.Sprintf("%q %s", clip(route.Relay), badHost(route.Relay)), "mail that it is for waits until it is given up", "qmail showctl "+file.name)
			}
		}
	}
	c.qmqp()
}

func address(s string) bool {
	_, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return err == nil
}

// qmqp looks at the servers of a host without a queue.
func (c *checker) qmqp() {
	for _, e := range c.lines("qmqpservers") {
		if !address(e.Text) {
			c.risk("qmqp", c.at("qmqpservers", e.Line), fmt.Sprintf("%q is no IP address", clip(e.Text)), "qmail-qmqpc passes over it", "qmail showctl qmqpservers")
		}
	}
}

// table is a cdb that is made of a text file.
type table struct{ source, table, make string }

// tables finds tables that are not what their sources say.
func (c *checker) tables() {
	list := []table{
		{c.path("control", "morercpthosts"), c.path("control", "morercpthosts.cdb"), c.path("bin", "qmail-newmrh")},
		{c.path("control", "morevalidrcptto"), c.path("control", "morevalidrcptto.cdb"), c.path("bin", "qmail-newmvrt")},
		{c.path("control", "moregoodrcptto"), c.path("control", "moregoodrcptto.cdb"), c.path("bin", "qmail-newmgrt")},
		{c.path("users", "assign"), c.path("users", "cdb"), c.path("bin", "qmail-newu")},
	}
	for _, pattern := range c.Rules {
		found, _ := filepath.Glob(pattern)
		for _, source := range found {
			if strings.HasSuffix(source, ".cdb") || strings.HasSuffix(source, "~") || strings.HasSuffix(source, ".tmp") {
				continue
			}
			list = append(list, table{source, source + ".cdb", "tcprules " + quote(source+".cdb") + " " + quote(source+".tmp") + " < " + quote(source)})
		}
	}
	for _, t := range list {
		source, _, serr := c.look(t.source)
		made, _, merr := c.look(t.table)
		switch {
		case missing(serr) && missing(merr):
			continue
		case missing(merr):
			c.risk("table-missing", t.table, "it has not been made of "+t.source, "programs read the table, and not the text", t.make)
			continue
		case missing(serr) && strings.HasPrefix(t.table, string(c.dir)):
			c.note("table-orphan", t.table, "there is no "+t.source, "the table still counts, and nobody sees what is in it", "rm "+quote(t.table)+"   # if it is not wanted")
		case serr == nil && merr == nil && source.ModTime().Unix() > made.ModTime().Unix():
			c.risk("table-old", t.table, "it is older than "+t.source, "what was changed since does not count", t.make)
		}
		c.whole(t.table, t.make)
	}
	if c.present["morercpthosts.cdb"] && !c.present["rcpthosts"] {
		c.note("table-idle", c.path("control", "morercpthosts.cdb"), "there is no rcpthosts", "without that, everything is taken, and this table does not count", "touch "+quote(c.path("control", "rcpthosts")))
	}
}

// whole finds a table that is cut, or none.
func (c *checker) whole(path, make string) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	if err := cdb.Each(f, func(_, _ []byte) error { return nil }); err != nil {
		c.risk("table-damaged", path, "it is damaged: "+reason(err), "what is looked up in it fails, and mail waits or is refused", make)
	}
}

// policies looks at what qmail-smtpd reads.
func (c *checker) policies() {
	p := *c.Proc
	p.Env = nil
	c.report.Looked++
	policy, err := smtpd.Load(&p, smtpd.Parts{})
	if err != nil && !errors.Is(err, smtpd.ErrParts) && c.present["me"] {
		c.risk("smtpd-settings", string(c.dir), smtpd.ReplyFor(err)+": "+reason(err), "qmail-smtpd takes no mail", "qmail showctl")
	}
	if policy != nil {
		for _, what := range policy.Ignored {
			name := strings.TrimPrefix(what, "control/")
			c.note("smtpd-ignored", c.path("control", strings.Fields(name)[0]), "it has no effect: "+what, "what it is meant to refuse is not refused", "qmail migrate --dry-run   # tells what becomes of files of patches")
		}
	}
	for _, e := range c.lines("badmailfrom") {
		if c.present["dialect"] || strings.Contains(e.Text, "@") || strings.ContainsAny(e.Text, "*[^$!?~") {
			continue
		}
		c.note("badmailfrom", c.at("badmailfrom", e.Line), fmt.Sprintf("there is no @ in %q", clip(e.Text)), "it fits no sender; a whole host is @HOST", fmt.Sprintf("sed -i '%ds/^/@/' %s", e.Line, quote(c.path("control", "badmailfrom"))))
	}
}

// assignments looks at who gets mail by users/assign.
func (c *checker) assignments() {
	path := c.path("users", "assign")
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	newu := c.path("bin", "qmail-newu")
	err = users.ReadAssign(f, func(key, data []byte) error {
		if len(key) == 0 {
			return nil
		}
		c.report.Looked++
		who := strings.Trim(strings.TrimPrefix(string(key), "!"), "\x00")
		a, err := users.ParseAssignment(append(slices.Clone(data), 0))
		mend := "grep -n " + quote(who) + " " + quote(path) + "; " + newu
		if err != nil {
			c.risk("assign", path, "the line of "+who+" makes no sense", "mail for this address waits until it is given up", mend)
			return nil
		}
		fi, st, err := c.look(a.Home)
		switch {
		case a.UID == 0:
			c.risk("assign-root", path, who+" is delivered as root", "that is never done: mail for this address waits until it is given up", mend)
		case err != nil || !fi.IsDir():
			c.risk("assign-home", path, "the folder of "+who+", "+a.Home+", is not there", "mail for this address waits until it is given up", "mkdir "+quote(a.Home))
		case st.Uid != a.UID:
			c.note("assign-owner", path, fmt.Sprintf("the folder of %s, %s, belongs to uid %d and not to %d", who, a.Home, st.Uid, a.UID), "the user cannot make files there", fmt.Sprintf("chown %d %s", a.UID, quote(a.Home)))
		case fi.Mode().Perm()&0o002 != 0:
			c.risk("assign-open", a.Home, "everybody may write into this folder", "qmail-local refuses to deliver there, and mail waits", "chmod o-w "+quote(a.Home))
		case fi.Mode()&os.ModeSticky != 0:
			c.risk("assign-sticky", a.Home, "the folder is sticky", "that is how a user holds mail back: it waits", "chmod -t "+quote(a.Home))
		}
		return nil
	})
	if err != nil {
		c.risk("assign-format", path, reason(err)+": a line has not seven colons, or the last line is not a single dot", "qmail-newu makes no new table of it", "tail -n 3 "+quote(path))
	}
}
