package main

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/rcptcheck"
	"qmailkit/send"
)

// generator makes configurations out of few names, so that they meet.
type generator struct{ *rand.Rand }

func (g generator) one(of ...string) string { return of[g.IntN(len(of))] }

// some returns up to n results of make, each on a line of its own.
func (g generator) some(n int, make func() string) (lines []string) {
	for range g.IntN(n + 1) {
		lines = append(lines, make())
	}
	return lines
}

func (g generator) host() string { return g.one("a.test", "b.test", "x.a.test", "c.test") }
func (g generator) home() string { return g.one("h1", "h1", "h2", "h2", "h3", "gone", "open") }

func (g generator) ext() string {
	return g.one("", "", "x", "x-y", "x-y-z", "X.y", "default", "x-default", "v-joe", "owner", "-", "x-")
}

func (g generator) box() string {
	return g.one("joe", "ann", "joe-"+g.ext(), "Joe-"+g.ext(), "ann-"+g.ext(), "web+"+g.ext(), "nobody."+g.ext(), g.ext())
}

func (g generator) recipient() string {
	switch g.IntN(12) {
	case 0:
		return g.box()
	case 1:
		return g.box() + "%" + g.host() + "@" + g.host()
	case 2:
		return g.box() + "@" + g.host() + "@" + strings.ToUpper(g.host())
	}
	return g.box() + "@" + g.host()
}

func (g generator) assignment() string {
	user := g.one("joe", "ann")
	switch g.IntN(6) {
	case 0, 1:
		return "=" + user + ":" + user + ":OWNER:100:HOME/" + g.home() + ":::"
	case 2:
		return "=" + user + "-" + g.ext() + ":" + user + ":OWNER:100:HOME/" + g.home() + ":-:" + g.ext() + ":"
	case 3:
		return "+web+:web:OWNER:100:HOME/" + g.home() + ":+::"
	case 4:
		return "+:cat:OWNER:100:HOME/" + g.home() + ":" + g.one("", "-") + "::"
	}
	return "+" + user + "-:" + user + ":OWNER:100:HOME/" + g.home() + ":-:" + g.one("", "v-", "x-") + ":"
}

// dotQmail adds a file of instructions to files.
func (g generator) dotQmail(files map[string]string) {
	ext := strings.ToLower(strings.ReplaceAll(g.one(g.ext(), g.ext()+"-default", "default", "nobody-"+g.ext()), ".", ":"))
	name := g.one("h1", "h2", "h3", "alias") + "/.qmail" + g.one("", "-", "-", "-", "+") + ext
	if g.IntN(12) == 0 {
		name += "/"
	}
	if _, file := files[strings.TrimSuffix(name, "/")]; !file && files[name+"/"] == "" {
		files[name] = g.one("", "./Mailbox\n", "&joe@a.test\n", "#\n", "\nblank\n")
	}
}

// configuration is what decides on recipients.
type configuration struct {
	locals, virtual, percentHack []string
	files                        map[string]string
	broken                       string // a file that is writable for all
}

func (g generator) configuration() configuration {
	c := configuration{
		locals:      append(g.some(2, g.host), "a.test"),
		percentHack: g.some(1, g.host),
		virtual: g.some(3, func() string {
			return g.one("", ".", g.box()+"@") + g.host() + ":" + g.one("joe", "joe-v", "nobody", "")
		}),
		files: map[string]string{"h1/": "", "h2/": "", "h3/": "", "open/": "", "alias/": ""},
	}
	for range g.IntN(12) {
		g.dotQmail(c.files)
	}
	for name := range c.files {
		if strings.Contains(name, ".qmail") && !strings.HasSuffix(name, "/") && g.IntN(8) == 0 {
			c.broken = name
		}
	}
	c.files["control/me"] = "a.test\n"
	c.files["control/locals"] = strings.Join(c.locals, "\n") + "\n"
	c.files["control/virtualdomains"] = strings.Join(c.virtual, "\n") + "\n"
	c.files["control/percenthack"] = strings.Join(c.percentHack, "\n") + "\n"
	if assigned := g.some(5, g.assignment); len(assigned) > 0 {
		c.files["users/assign"] = strings.Join(assigned, "\n") + "\n.\n"
	}
	return c
}

// use makes the world as c has it, and nothing else.
func (w *world) use(c configuration) {
	w.t.Helper()
	for _, name := range []string{"h1", "h2", "h3", "open", "alias", "users"} {
		if err := os.RemoveAll(w.home + "/" + name); err != nil {
			w.t.Fatal(err)
		}
	}
	clitest.Files(w.t, w.home+"/users", nil)
	w.put(c.files)
	if err := os.Chmod(w.home+"/open", 0o777); err != nil {
		w.t.Fatal(err)
	}
	if c.broken != "" {
		if err := os.Chmod(w.home+"/"+c.broken, 0o666); err != nil {
			w.t.Fatal(err)
		}
	}
}

// spawn has qmail-lspawn make deliveries, each by qmail-local -n, and returns
// the letters and texts that it reports.
func (w *world) spawn(addresses []string) []string {
	w.t.Helper()
	c := w.command("qmail-lspawn", "./Mailbox")
	c.Env = append(c.Env, "QMAILLOCAL="+w.home+"/bin/describe")
	var requests, reports bytes.Buffer
	for i, address := range addresses {
		fmt.Fprintf(&requests, "%c7/77\x00s@t\x00%s\x00", 1+i, address) // a number of 0 would look like an end
	}
	c.Stdin, c.Stdout = &requests, &reports
	if err := c.Run(); err != nil {
		w.t.Fatal(err)
	}
	found := make([]string, len(addresses))
	for _, report := range strings.SplitAfter(reports.String()[1:], "\x00") {
		if report != "" {
			found[report[0]-1] = report[1:]
		}
	}
	return found
}

// What is refused would have bounced, what would have been delivered is not,
// and where a delivery would wait nothing is refused.
func TestAgreesWithDeliveries(t *testing.T) {
	const configurations, recipients = 200, 6
	w := newWorld(t, "qmail-lspawn", "qmail-local")
	clitest.Script(t, w.home+"/bin/describe", `shift; exec "${0%/*}/qmail-local" -n "$@"`)
	p, _ := clitest.Proc(t, "qmail-rcptd", clitest.World{Home: w.home})
	g := generator{rand.New(rand.NewPCG(1, 2))}
	count := map[string]int{}
	for range configurations {
		c := g.configuration()
		w.use(c)
		j := &judge{proc: p, rules: rules{proc: p}, single: true, owner: uint32(owner())}
		rules := send.NewRules(c.locals, c.virtual, c.percentHack, "a.test")
		var asked, addresses []string
		for range recipients {
			recipient := g.recipient()
			address, channel := rules.Rewrite(recipient)
			if channel == send.Local {
				asked, addresses = append(asked, recipient), append(addresses, address)
			} else if v := j.judge(recipient); v != rcptcheck.Unknown {
				t.Errorf("%+v\n%s is not local and got %c", c, recipient, v)
			}
		}
		for i, report := range w.spawn(addresses) {
			verdict := j.judge(asked[i])
			count[report[:1]+string(verdict)]++
			switch report[:1] + string(verdict) {
			case "Ky", "Dn", "Z?", "Zy":
			default:
				t.Errorf("%+v\n%s, which is %s, got %c, and the delivery %q", c, asked[i], addresses[i], verdict, report)
			}
		}
	}
	for _, both := range []string{"Ky", "Dn", "Z?", "Zy"} {
		if count[both] == 0 {
			t.Errorf("no delivery ended with %s: %v", both, count)
		}
	}
	t.Log(count)
}
