// Package trace is "qmail trace": it says where mail for an address would go
// and why, by the same rules and files, and delivers nothing.
package trace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/ids"
	"qmailkit/internal/users"
	"qmailkit/remote"
	"qmailkit/send"
)

// Outcomes of a Trace.
const (
	Delivered = "delivered" // by the instructions
	Bounced   = "bounced"   // given up at once
	Waits     = "waits"     // tried again until it is too old
	Sent      = "sent"      // to another host
	Unknown   = "unknown"   // this user may not look
)

// Step is one thing that had a say.
type Step struct {
	Source string `json:"source"` // "control/virtualdomains:3"
	Says   string `json:"says"`
}

// Trace is where mail for an address ends.
type Trace struct {
	Address      string   `json:"address"`
	Rewritten    string   `json:"rewritten"` // what the spawner is given
	Channel      string   `json:"channel"`   // "local" or "remote"
	Steps        []Step   `json:"steps"`
	Host         string   `json:"host,omitempty"`  // remote: whose MX hosts are asked
	Relay        string   `json:"relay,omitempty"` // remote: who is asked instead, with port
	User         string   `json:"user,omitempty"`
	UID          uint32   `json:"uid,omitempty"`
	GID          uint32   `json:"gid,omitempty"`
	Home         string   `json:"home,omitempty"`
	File         string   `json:"file,omitempty"` // the dot-qmail file
	Instructions []string `json:"instructions,omitempty"`
	Outcome      string   `json:"outcome"`
	Report       string   `json:"report,omitempty"` // what a sender or the log is told
	Forwards     []*Trace `json:"forwards,omitempty"`
}

// Tracer follows addresses in one home.
type Tracer struct {
	Proc    *cmd.Proc
	Default string // instructions for a user without a dot-qmail file, as qmail-start is given them
	Sender  string // whose mail it is
	Follow  bool   // go on with the addresses that mail is forwarded to
}

// maxHops bounds how far forwards are followed.
const maxHops = 20

// Trace follows an address. Its error is of files that cannot be read.
func (tr *Tracer) Trace(address string) (*Trace, error) {
	rules, err := send.LoadRules(control.Dir(tr.Proc.InHome("control")))
	if err != nil {
		return nil, err
	}
	w := &walk{Tracer: tr, rules: rules, seen: make(map[string]bool)}
	return w.trace(address, 0)
}

// walk is one Trace and all that follows from it.
type walk struct {
	*Tracer
	rules *send.Rules
	seen  map[string]bool // addresses that have been followed
}

func (w *walk) trace(address string, hops int) (*Trace, error) {
	t := &Trace{Address: address, Steps: []Step{}}
	rewritten, channel, reasons := w.rules.Explain(address)
	t.Rewritten, t.Channel = rewritten, channel.String()
	for _, r := range reasons {
		t.Steps = append(t.Steps, w.step(r))
	}
	if w.seen[rewritten] {
		t.Outcome, t.Report = Bounced, "this goes in a circle: the message would come here again and be given up"
		return t, nil
	}
	w.seen[rewritten] = true
	if channel == send.Remote {
		return t, w.remote(t)
	}
	if err := w.local(t); err != nil {
		return nil, err
	}
	if !w.Follow || t.Outcome != Delivered {
		return t, nil
	}
	for _, in := range t.Instructions {
		to, ok := strings.CutPrefix(in, "forward ")
		if !ok {
			continue
		}
		if hops == maxHops {
			t.Report = "forwards are not followed any further"
			break
		}
		next, err := w.trace(to, hops+1)
		if err != nil {
			return nil, err
		}
		t.Forwards = append(t.Forwards, next)
	}
	return t, nil
}

// step puts a reason into words, with the line that it stands in.
func (w *walk) step(r send.Reason) Step {
	switch r.File {
	case "envnoathost":
		return Step{w.source(r.File, ""), "it has no host, and gets one: " + r.Text}
	case "percenthack":
		return Step{w.source(r.File, r.Key), "the percent sign is for " + r.Key + ": " + r.Text}
	case "locals":
		return Step{w.source(r.File, r.Key), r.Key + " is local"}
	}
	if r.Value == "" {
		return Step{w.source(r.File, r.Key+":"), "an exception: not virtual, so remote"}
	}
	return Step{w.source(r.File, r.Key+":"), "virtual: " + r.Value + "- is put before it: " + r.Text}
}

// source names a control file and the first line that begins with key, or the
// file that takes its place.
func (w *walk) source(file, key string) string {
	data, err := os.ReadFile(w.Proc.InHome("control", file))
	if errors.Is(err, os.ErrNotExist) {
		return "control/me, for want of control/" + file
	}
	number := 0
	for line := range strings.Lines(string(data)) {
		number++
		line = control.Fold(strings.TrimRight(line, " \t\n"))
		if key == "" || line == control.Fold(key) || strings.HasSuffix(key, ":") && strings.HasPrefix(line, control.Fold(key)) {
			return fmt.Sprintf("control/%s:%d", file, number)
		}
	}
	return "control/" + file
}

// remote finds the route.
func (w *walk) remote(t *Trace) error {
	t.Outcome = Sent
	t.Host = t.Rewritten[strings.LastIndexByte(t.Rewritten, '@')+1:]
	settings, err := remote.LoadSettings(control.Dir(w.Proc.InHome("control")))
	if err != nil {
		return err
	}
	route, err := settings.Route(w.Sender, t.Host)
	if err != nil {
		t.Outcome, t.Report = Waits, err.Error()
		return nil
	}
	if route.Relay == "" {
		t.Steps = append(t.Steps, Step{"DNS", fmt.Sprintf("to the MX hosts of %s, port %d", t.Host, route.Port)})
		return nil
	}
	t.Relay = fmt.Sprintf("%s:%d", route.Relay, route.Port)
	file := "control/smtproutes"
	if route.QMTP {
		file = "control/qmtproutes"
	}
	if own, err := settings.Senders.FindSender(w.Sender); err == nil && own.Relay != "" {
		file = "control/authsenders"
	}
	t.Steps = append(t.Steps, Step{file, "to " + t.Relay + " instead of the MX hosts of " + t.Host})
	return nil
}

// local finds the user and asks what the instructions are.
func (w *walk) local(t *Trace) error {
	at := strings.LastIndexByte(t.Rewritten, '@')
	box, host := t.Rewritten[:at], t.Rewritten[at+1:]
	if box == "" {
		t.Outcome, t.Report = Bounced, "the address has nothing before the @"
		return nil
	}
	a, source, problem := w.who(box)
	if problem != "" {
		t.Outcome, t.Report = Waits, problem
		return nil
	}
	home := ids.Of(w.Proc.Home)
	t.User, t.UID, t.GID, t.Home = a.User, a.UID, a.GID, a.Home
	t.Steps = append(t.Steps, Step{source, fmt.Sprintf("belongs to %s, uid %d, home folder %s, looked for there: .qmail%s%s", a.User, a.UID, a.Home, a.Dash, a.Ext)})
	owner, err := home.User(ids.Passwd)
	switch {
	case err != nil:
		return err
	case a.UID == 0:
		t.Outcome, t.Report = Waits, "nothing is delivered as root"
		return nil
	case home.Single && a.UID != owner:
		t.Outcome, t.Report = Waits, "this home is its owner's alone, and delivers to nobody else"
		return nil
	case !filepath.IsAbs(a.Home):
		t.Outcome, t.Report = Bounced, "the home folder is no absolute name"
		return nil
	}
	w.instructions(t, a, box, host)
	return nil
}

// assignment describes the line of users/assign that users/cdb was made of.
func (w *walk) assignment(box string, a users.Assignment) string {
	data, err := os.ReadFile(w.Proc.InHome("users", "assign"))
	if err != nil {
		return "users/cdb"
	}
	best, at, number := -1, "", 0
	for line := range strings.Lines(string(data)) {
		number++
		key, rest, ok := strings.Cut(line, ":")
		if !ok || key == "" || !strings.HasPrefix(rest, a.User+":") {
			continue
		}
		name := control.Fold(key[1:])
		length := len(name)
		switch {
		case key[0] == '=' && name == control.Fold(box):
			length = len(box) + 1
		case key[0] != '+' || !strings.HasPrefix(control.Fold(box), name):
			continue
		}
		if length > best {
			best, at = length, fmt.Sprintf("users/assign:%d", number)
		}
	}
	if at == "" {
		return "users/cdb"
	}
	return at
}
