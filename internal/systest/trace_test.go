package systest

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/testhome"
	"qmailkit/send"
	"qmailkit/svc/umbrella/trace"
)

// configurations are generated for the test below, each with so many
// recipients.
const configurations, tracedRecipients = 200, 5

// What "qmail trace" says is what qmail-send and qmail-local then do: for each
// of the configurations a message is really sent, and what the log says of
// each recipient is compared. It takes about a quarter of a second for each.
func TestTraceAgrees(t *testing.T) {
	home := installed(t)
	var s *system
	if os.Geteuid() == 0 {
		s = withUsers(t, home, testhome.Copy{})
	} else {
		s = onHome(t, home)
	}
	tr := &traced{system: s, rand: rand.New(rand.NewPCG(5, 6)), seen: make(map[string]int)}
	r := patient{system: s}
	for n := range configurations {
		tr.configure()
		var to []string
		for i := range tracedRecipients {
			to = append(to, tr.recipient(i))
		}
		tr.compare(n, to, r)
	}
	for _, what := range []string{"local delivered", "local bounced", "local waits", "remote sent"} {
		if tr.seen[what] == 0 {
			t.Errorf("no recipient was %s", what)
		}
	}
	t.Log(tr.seen)
}

type traced struct {
	*system
	rand *rand.Rand
	seen map[string]int
	text string // of the configuration, for messages
}

func (tr *traced) one(of ...string) string { return of[tr.rand.IntN(len(of))] }

func (tr *traced) domain() string {
	return tr.one("a.test", "b.test", "x.a.test", "y.b.test", "c.test", "A.Test")
}

func (tr *traced) ext() string {
	return tr.one("", "", "-x", "-x-y", "-X.y", "-default", "-owner", "-x-", "-v-joe")
}

// recipient differs from others of its configuration, so that the log tells
// them apart.
func (tr *traced) recipient(i int) string {
	box := tr.one("joe", "Joe", "ann", "nobody", "web+", "") + tr.ext()
	mark := "-" + strconv.Itoa(i)
	if tr.rand.IntN(3) > 0 {
		mark = "" // may be the same as another; compare tells
	}
	switch tr.rand.IntN(10) {
	case 0:
		return box + mark
	case 1:
		return box + mark + "%" + tr.domain() + "@" + tr.domain()
	}
	return box + mark + "@" + tr.domain()
}

// configure makes control files, users and dot-qmail files at random.
func (tr *traced) configure() {
	tr.t.Helper()
	for _, pattern := range []string{"control/*", "alias/.qmail*", "people/*/.qmail*", "users/*"} {
		tr.empty(pattern)
	}
	some := func(n int, line func() string) (text string) {
		for range tr.rand.IntN(n + 1) {
			text += line() + "\n"
		}
		return text
	}
	files := map[string]string{
		"me": "a.test\n", "locals": "a.test\n" + some(2, tr.domain), "percenthack": some(1, tr.domain),
		"virtualdomains": some(3, func() string {
			return tr.one("", ".", "joe@", "ann-x@") + tr.one(tr.domain(), tr.domain(), "") + ":" + tr.one("joe", "joe-v", "nobody", "ann", "")
		}),
		"smtproutes": some(2, func() string { return tr.one("", ".") + tr.domain() + ":127.0.0.2:" + tr.one("9", "19") }) + ":127.0.0.2:9\n",
	}
	if tr.rand.IntN(3) == 0 {
		files["envnoathost"] = tr.domain() + "\n"
	}
	tr.text = ""
	for name, text := range files {
		tr.control(name, text)
		tr.text += name + ":\n" + text
	}
	assign := ""
	for _, who := range []string{"joe", "ann"} {
		fields := fmt.Sprintf(":%s:%d:%d:%s:", who, tr.person.uid, tr.person.gid, tr.dir(who))
		assign += "=" + who + fields + "::\n"
		if tr.rand.IntN(4) > 0 {
			assign += "+" + who + tr.one("-", "-x-", "-v-") + fields + "-:" + tr.one("", "v-", "x-") + ":\n"
		}
	}
	assign += fmt.Sprintf("+:joe:%d:%d:%s:-:%s:\n.\n", tr.person.uid, tr.person.gid, tr.dir("joe"), tr.one("", "all-"))
	tr.write("users/assign", assign)
	tr.run("qmail-newu").succeeds()
	tr.text += assign
	for range tr.rand.IntN(9) {
		ext := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(tr.ext(), "-")+tr.one("", "-default", "default", "-0"), ".", ":"))
		tr.instructions(tr.one("joe", "ann"), ext)
	}
}

func (tr *traced) instructions(who, ext string) {
	text := tr.one("", "./Maildir/\n", "./mbox\n", "# nothing\n", "|exit 0\n", "./mbox\n|true\n./Maildir/\n", "\nblank\n", "&x@far.test\n./mbox\n")
	name := filepath.Join(tr.dir(who), ".qmail")
	if ext != "" {
		name += "-" + ext
	}
	mode := os.FileMode(0o644)
	if tr.rand.IntN(8) == 0 {
		mode = []os.FileMode{0o666, 0o755}[tr.rand.IntN(2)]
	}
	tr.must(os.WriteFile(name, []byte(text), 0o644), os.Chown(name, tr.person.uid, tr.person.gid), os.Chmod(name, mode))
	tr.text += fmt.Sprintf("%s (%o): %q\n", name, mode, text)
}

var (
	startLine = regexp.MustCompile(`(?m)^starting delivery (\d+): msg (\d+) to (local|remote) (.*)$`)
	endLine   = regexp.MustCompile(`(?m)^delivery (\d+): (\w+): (.*)$`)
)

// compare sends a message and holds the log of its deliveries, by recipient,
// against the traces.
func (tr *traced) compare(n int, to []string, r patient) {
	tr.t.Helper()
	p, _ := clitest.Proc(tr.t, "qmail", clitest.World{Home: tr.home, Env: []string{"PATH=" + tr.home + "/bin:/usr/bin:/bin"}})
	tracer := &trace.Tracer{Proc: p, Default: "./Maildir/", Sender: "s@from.test"}
	want := make(map[string]*trace.Trace)
	seen := make(map[string]bool)
	var distinct []string
	for _, address := range to {
		got, err := tracer.Trace(address)
		tr.must(err)
		if key := got.Channel + " " + send.Safe(got.Rewritten); !seen[key] {
			seen[key] = true
			distinct = append(distinct, address)
			want[key] = got
		}
	}
	results := tr.send(distinct, r)
	for key, trace := range want {
		tr.seen[trace.Channel+" "+trace.Outcome]++
		if problem := disagrees(trace, results[key]); problem != "" {
			tr.t.Errorf("configuration %d, %s: %s\ntrace %+v\nlog %q\n%s", n, trace.Address, problem, trace, results[key], tr.text)
		}
		delete(results, key)
	}
	if len(results) > 0 {
		tr.t.Errorf("configuration %d: not traced: %q\n%s", n, results, tr.text)
	}
}

// send delivers a message for real and returns what the log says, by channel
// and recipient.
func (tr *traced) send(to []string, r patient) map[string]string {
	tr.t.Helper()
	id := r.add("traced", true)
	todo := "u1\x00p2\x00Fs@from.test\x00"
	for _, address := range to {
		todo += "T" + address + "\x00"
	}
	r.put(r.q().Path("todo", id), todo, 0o644, "pid")
	tr.up()
	results := make(map[string]string)
	tr.await("all deliveries", func() bool {
		ends := make(map[string]string)
		for _, m := range endLine.FindAllStringSubmatch(tr.logText(), -1) {
			ends[m[1]] = m[2] + " " + m[3]
		}
		begun, ended := 0, 0
		for _, m := range startLine.FindAllStringSubmatch(tr.logText(), -1) {
			if m[2] != id.String() || begun == len(to) { // its bounce may have the same number later
				continue
			}
			begun++
			if ends[m[1]] != "" {
				ended++
				results[m[3]+" "+m[4]] = ends[m[1]]
			}
		}
		return ended == len(to)
	})
	tr.down()
	for _, pattern := range []string{"mess/*", "info/*", "local/*", "remote/*", "bounce", "todo", "intd"} {
		tr.empty("queue/" + pattern + "/*")
	}
	return results
}

// disagrees compares a trace with a line of the log.
func disagrees(t *trace.Trace, result string) string {
	word, text, _ := strings.Cut(result, " ")
	if t.Channel == "remote" {
		if word == "" {
			return "it is not remote"
		}
		return ""
	}
	var count [3]int
	for _, in := range t.Instructions {
		kind, _, _ := strings.Cut(in, " ")
		count[map[string]int{"mbox": 0, "maildir": 0, "forward": 1, "program": 2}[kind]]++
	}
	switch {
	case t.Outcome == trace.Delivered && word == "success":
		if did := fmt.Sprintf("did_%d+%d+%d/", count[0], count[1], count[2]); !strings.HasPrefix(text, did) {
			return "the trace would be " + did
		}
	case t.Outcome == trace.Bounced && word == "failure", t.Outcome == trace.Waits && word == "deferral":
		if plain := strings.ReplaceAll(text, "_", " "); t.User != "" && !strings.Contains(plain, strings.ReplaceAll(t.Report, "_", " ")) {
			return "the reasons differ"
		}
	default:
		return "the outcomes differ"
	}
	return ""
}
