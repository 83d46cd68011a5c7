package queuecmd

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/internal/lock"
	"qmailkit/internal/queue"
	"qmailkit/send/waiting"
	"qmailkit/svc/umbrella"
)

var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

// box is a home with a queue.
type box struct {
	t    *testing.T
	home string
	q    *queue.Queue
}

func newBox(t *testing.T) *box {
	home := t.TempDir()
	files := map[string]string{
		"queue/lock/sendmutex": "", "queue/lock/trigger": "", "queue/bounce/": "", "queue/todo/": "", "queue/intd/": "", "queue/pid/": "",
		"control/me": "here\n", "control/virtualdomains": "virt:jim\n",
	}
	for _, kind := range []string{"mess", "info", "local", "remote"} {
		for _, n := range []string{"0", "1", "2"} {
			files["queue/"+kind+"/"+n+"/"] = ""
		}
	}
	clitest.Files(t, home, files)
	return &box{t, home, &queue.Queue{Root: home + "/queue", Split: 3}}
}

func (b *box) put(kind string, id queue.ID, text string, age time.Duration) {
	b.t.Helper()
	path := b.q.Path(kind, id)
	err := os.WriteFile(path, []byte(text), 0o600)
	if err == nil {
		err = os.Chtimes(path, now.Add(-age), now.Add(-age))
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// fill puts three sorted messages, 10, 11 and 12, and a new one, 20, there.
func (b *box) fill() {
	for id, age := range map[queue.ID]time.Duration{10: time.Hour, 11: 26 * time.Hour, 12: 9 * 24 * time.Hour} {
		b.put("mess", id, "Received: x\nSubject: Hello "+id.String()+"\n\nBody\x1b\n"+strings.Repeat("x", int(id)*100), 0)
		b.put("info", id, "Fs"+id.String()+"@from.example\x00", age)
	}
	b.put("remote", 10, "Da@far.example\x00Tb@far.example\x00", 0)
	b.put("local", 10, "Tjim-u@virt\x00", 0)
	b.put("remote", 11, "Tc@near.example\x00", 0)
	b.put("local", 12, "Dd@here\x00", 0)
	b.put("bounce", 12, "<e@here>:\nno\n\n", 0)
	b.put("mess", 20, "Received: x\n\nnew\n", 0)
	b.put("todo", 20, "u1\x00p2\x00F\x00Tz@new.example\x00", time.Minute)
}

func (b *box) run(args string) clitest.Result {
	b.t.Helper()
	return clitest.Run(b.t, "qmail", func(p *cmd.Proc) error {
		return umbrella.Run(p, []*cli.Command{Command(p)})
	}, clitest.World{Args: append([]string{"queue"}, strings.Fields(args)...), Home: b.home, Now: now})
}

// numbers are the messages that list chooses.
func (b *box) numbers(args string) string {
	b.t.Helper()
	r := b.run("list --json " + args)
	var facts []fact
	if err := json.Unmarshal([]byte(r.Stdout), &facts); err != nil {
		b.t.Fatalf("%s: %v %+v", args, err, r)
	}
	var list []string
	for _, f := range facts {
		list = append(list, strconv.FormatUint(f.ID, 10))
	}
	return strings.Join(list, " ")
}

func (b *box) running() {
	f, err := os.OpenFile(b.home+"/queue/lock/sendmutex", os.O_WRONLY, 0)
	if err == nil {
		err = lock.TryExclusive(f)
	}
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { f.Close() })
}

func (b *box) read(kind string, id queue.ID) string { return clitest.Read(b.t, b.q.Path(kind, id)) }

func TestChoose(t *testing.T) {
	b := newBox(t)
	b.fill()
	for args, want := range map[string]string{
		"": "12 11 10 20", "11 10": "11 10", "#11": "11", "--older 1d": "12 11", "--older 26h": "12 11", "--newer 1d": "10 20", "--older 1d --newer 2d": "11",
		"--sender S1": "12 11 10", "--sender s1*.example": "12 11 10", "--sender *0@*": "10", "--sender <>": "20", "--sender nobody": "",
		"--recipient b@": "10", "--recipient a@far": "", "--recipient *@near.example": "11", "--state new": "20", "--state bouncing": "12",
		"--state local": "10", "--state remote": "11 10", "--state held": "", "--larger 1K": "12 11 10", "--larger 1100": "12 11", "--smaller 100": "20",
		"--text hello": "12 11 10", "--text 11": "11", "10 --older 1d": "",
	} {
		if got := b.numbers(args); got != want {
			t.Errorf("%q: %q, want %q", args, got, want)
		}
	}
	for args, text := range map[string]string{
		"list x": "x is not the number", "list --older 1y": "write a time", "list --older x": "write a time", "list --larger 1X": "write a size",
		"list --state odd": "--state is one of", "hold": "say which messages", "hold --all 10": "say which messages", "verify 10": "no arguments",
	} {
		if r := b.run(args); r.Code != 100 || !strings.Contains(r.Stderr, text) {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if r := b.run("list 99"); r.Code != 1 || !strings.Contains(r.Stderr, "there is no message 99") {
		t.Errorf("%+v", r)
	}
	b.put("info", 11, "x", 0)
	if r := b.run("list"); r.Code != 1 || !strings.Contains(r.Stderr, "message 11 is damaged") || !strings.Contains(r.Stdout, "\n10 ") {
		t.Errorf("%+v", r)
	}
}

func TestWords(t *testing.T) {
	b := newBox(t)
	b.fill()
	for args, want := range map[string]string{
		"list":           "10      1h   1037  2/3             <s10@from.example>  jim-u@virt and 1 more\n",
		"show 10":        "  done    remote a@far.example\n",
		"show 11":        "Subject: Hello 11\n",
		"show 12 --body": "\nBody?\nxxx",
		"stat":           "recipients to be tried  3\n  local                 1\n  remote                2\n",
	} {
		if r := b.run(args); r.Code != 0 || !strings.Contains(r.Stdout, want) || r.Stderr != "" {
			t.Errorf("%s: %d %s\n%s", args, r.Code, r.Stdout, r.Stderr)
		}
	}
	if r := b.run("stat --json"); !strings.Contains(r.Stdout, `"name": "far.example",`) {
		t.Errorf("%s", r.Stdout)
	}
	if r := b.run("show 10 --json"); !strings.Contains(r.Stdout, `"header": "Received: x\nSubject: Hello 10\n"`) {
		t.Errorf("%s", r.Stdout)
	}
}

func mode(t *testing.T, path string) os.FileMode {
	t.Helper()
	fi, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fi.Mode().Perm()
}

func TestHold(t *testing.T) {
	for _, running := range []bool{false, true} {
		b := newBox(t)
		b.fill()
		if running {
			b.running()
		}
		if r := b.run("hold 10 --dry-run"); r.Code != 0 || !strings.Contains(r.Stdout, "10 would be held") || mode(t, b.q.Path("local", 10)) != 0o600 {
			t.Errorf("%+v", r)
		}
		if r := b.run("hold 10"); r.Code != 0 || mode(t, b.q.Path("local", 10)) != 0o200 || mode(t, b.q.Path("remote", 10)) != 0o200 {
			t.Errorf("%+v", r)
		}
		r := b.run("hold 20 12")
		if want := 100; !running && (r.Code != want || !strings.Contains(r.Stderr, "message 12 is not held: no recipient") || mode(t, b.q.Path("todo", 20)) != 0o200) {
			t.Errorf("%+v", r)
		}
		if running && (r.Code != 111 || !strings.Contains(r.Stderr, "message 20 is not held: qmail-send has yet to sort it")) {
			t.Errorf("%+v", r)
		}
		if r := b.run("expire 10"); os.Geteuid() != 0 && (r.Code != 100 || !strings.Contains(r.Stderr, "only root can see")) {
			t.Errorf("%+v", r)
		}
		if got := b.numbers("--state held"); got != "10" && got != "10 20" {
			t.Errorf("held: %q", got)
		}
		if r := b.run("release --state held"); r.Code != 0 || mode(t, b.q.Path("local", 10)) != 0o600 || !running && mode(t, b.q.Path("todo", 20)) != 0o644 {
			t.Errorf("%+v", r)
		}
		if r := b.run("release 10"); r.Code != 100 || !strings.Contains(r.Stderr, "it is not held") {
			t.Errorf("%+v", r)
		}
	}
}

func TestExpire(t *testing.T) {
	b := newBox(t)
	b.fill()
	clitest.Files(t, b.home, map[string]string{"control/queuelifetime": "86400\n"})
	if r := b.run("expire 10 11 --json"); r.Code != 0 || !strings.Contains(r.Stdout, `"dry_run": false`) {
		t.Errorf("%+v", r)
	}
	for id, want := range map[queue.ID]time.Time{10: now.Add(-86401 * time.Second), 11: now.Add(-26 * time.Hour)} {
		if fi, err := os.Stat(b.q.Path("info", id)); err != nil || !fi.ModTime().Equal(want) {
			t.Errorf("%d: %v %v", id, fi.ModTime(), err)
		}
	}
	if r := b.run("expire 20"); r.Code != 111 || !strings.Contains(r.Stderr, "has yet to sort it, and does not run") {
		t.Errorf("%+v", r)
	}
}

func TestDelete(t *testing.T) {
	b := newBox(t)
	b.fill()
	b.put("bounce", 10, "<a@far.example>:\nno\n\n", 0)
	held, err := os.OpenFile(b.home+"/queue/lock/sendmutex", os.O_WRONLY, 0)
	if err != nil || lock.TryExclusive(held) != nil {
		t.Fatal(err)
	}
	if r := b.run("delete 10 20"); r.Code != 111 || !strings.Contains(r.Stdout, "1 deleted, 1 not") {
		t.Errorf("%+v", r)
	}
	if got := b.read("local", 10) + b.read("remote", 10) + b.read("bounce", 10); got != "Djim-u@virt\x00Da@far.example\x00Db@far.example\x00" {
		t.Errorf("%q", got)
	}
	held.Close()
	if r := b.run("delete --all"); r.Code != 0 {
		t.Errorf("%+v", r)
	}
	left, _ := filepath.Glob(b.home + "/queue/*/*/*")
	more, _ := filepath.Glob(b.home + "/queue/[bti]*/*[0-9][0-9]")
	if len(left)+len(more) > 0 {
		t.Errorf("%q %q", left, more)
	}
}

func TestRequeue(t *testing.T) {
	b := newBox(t)
	b.fill()
	if r := b.run("requeue 10"); r.Code != 0 {
		t.Fatalf("%+v", r)
	}
	want := "u" + strconv.Itoa(os.Getuid()) + "\x00p4242\x00Fs10@from.example\x00Tu@virt\x00Tb@far.example\x00"
	if got := b.read("todo", 10); got != want || b.read("intd", 10) != want {
		t.Errorf("%q", got)
	}
	m, err := waiting.Read(b.q, 10)
	if err != nil || !m.Unsorted || m.Due() != 2 {
		t.Errorf("%+v %v", m, err)
	}
	b.running()
	if r := b.run("requeue 11"); r.Code != 111 || !strings.Contains(r.Stderr, "qmail-send is running") {
		t.Errorf("%+v", r)
	}
}

func TestMend(t *testing.T) {
	b := newBox(t)
	if _, err := ids.Of(b.home).User(ids.Queue); err != nil {
		t.Skip(err)
	}
	b.fill()
	if r := b.run("verify"); r.Code != 1 || !strings.Contains(r.Stdout, "a message is not called by its inode: 4 times") {
		t.Errorf("%+v", r)
	}
	if r := b.run("repair --dry-run --json"); r.Code != 0 || !strings.Contains(r.Stdout, `"whole": 4`) || b.read("info", 10) == "" {
		t.Errorf("%+v", r)
	}
	if r := b.run("repair --split 5"); r.Code != 0 || !strings.Contains(r.Stdout, "a folder is missing") {
		t.Errorf("%+v", r)
	}
	if r := b.run("verify"); r.Code != 0 || r.Stdout != "4 messages are whole; 0 findings, 0 of them about mail that is lost\n" {
		t.Errorf("%+v", r)
	}
	b.q.Split = 5
	messages, err := waiting.IDs(b.q)
	if err != nil || len(messages) != 4 {
		t.Fatal(messages, err)
	}
	for _, id := range messages {
		if m, err := waiting.Read(b.q, id); err == nil && m.Sender == "s11@from.example" {
			os.Remove(b.q.Path("info", id))
		}
	}
	if r := b.run("repair"); r.Code != 1 || !strings.Contains(r.Stdout, "the message's sender is lost: mess/") || !strings.Contains(r.Stdout, " to c@near.example; moved to unexplained") {
		t.Errorf("%+v", r)
	}
	b.running()
	if r := b.run("repair"); r.Code != 111 || !strings.Contains(r.Stderr, "qmail-send is running") {
		t.Errorf("%+v", r)
	}
}
