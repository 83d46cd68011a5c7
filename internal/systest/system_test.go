package systest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/testhome"
)

// system is an installation under test, and the people whose mail it has.
type system struct {
	t      *testing.T
	home   string
	person account             // whose uid the people have
	cred   *syscall.Credential // of who starts qmail; nil is this process
	peers  string              // a folder that foreign peers may write to
	env    []string            // added to every program's environment

	send *exec.Cmd // qmail-start, later qmail-send; nil while it is down
	done chan error
	log  string // what qmail-send has logged since it was started
}

type account struct{ uid, gid int }

const (
	patience = 60 * time.Second // for what must happen
	often    = 20 * time.Millisecond
)

func lookup(t *testing.T, name string) account {
	t.Helper()
	u, err := user.Lookup(name)
	if err != nil {
		t.Skipf("needs a user: %v", err)
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	return account{uid, gid}
}

// installed returns the home under test, if mail moves in it.
func installed(t *testing.T) string {
	t.Helper()
	home, err := testhome.Dir()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range needed() {
		if _, err := os.Stat(filepath.Join(home, "bin", name)); err != nil {
			t.Skipf("program not built: %s", name)
		}
	}
	return home
}

// withUsers is for root: a private copy of the home, where that is possible.
func withUsers(t *testing.T, home string, c testhome.Copy) *system {
	joe := lookup(t, "joe")
	if private() {
		if err := c.Mount(home); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := testhome.Unmount(home); err != nil {
				t.Error(err)
			}
		})
	}
	s := &system{t: t, home: home, person: joe}
	if c.Single {
		s.cred = &syscall.Credential{Uid: uint32(joe.uid), Gid: uint32(joe.gid)}
	}
	s.prepare()
	return s
}

// onHome is for an ordinary user with a home of its own.
func onHome(t *testing.T, home string) *system {
	s := &system{t: t, home: home, person: account{os.Getuid(), os.Getgid()}}
	s.prepare()
	return s
}

// prepare empties the queue and sets up test.example with joe and ann.
func (s *system) prepare() {
	s.t.Helper()
	var err error
	if s.peers, err = os.MkdirTemp("/tmp", "qmailkit-peers."); err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { os.RemoveAll(s.peers) })
	s.must(os.Chmod(s.peers, 0o777))
	s.log = filepath.Join(s.peers, "log")
	for _, dir := range []string{"mess/*", "info/*", "local/*", "remote/*", "bounce", "todo", "intd", "pid"} {
		s.empty("queue/" + dir + "/*")
	}
	for _, dir := range []string{"control/*", "alias/*", "alias/.qmail*", "users/*", "people"} {
		s.empty(dir)
	}
	for name, text := range map[string]string{
		"me": "test.example", "locals": "test.example", "rcpthosts": "test.example",
		"smtproutes": "far.example:127.0.0.2:2525\nsulky.example:127.0.0.2:2526\nbusy.example:127.0.0.2:2527",
	} {
		s.control(name, text+"\n")
	}
	s.people("joe", "ann")
	s.cleanupProcesses()
}

// people makes addresses NAME and NAME-anything of test.example that lead into
// the folder people/NAME of the home, whoever the machine's users are, and all
// other addresses lead into its folder alias.
func (s *system) people(names ...string) {
	s.t.Helper()
	var assign strings.Builder
	for _, n := range names {
		dir := s.dir(n)
		s.must(os.MkdirAll(filepath.Dir(dir), 0o755), os.Mkdir(dir, 0o755))
		for _, sub := range []string{"", "/Maildir", "/Maildir/new", "/Maildir/cur", "/Maildir/tmp"} {
			s.must(os.MkdirAll(dir+sub, 0o755), os.Chown(dir+sub, s.person.uid, s.person.gid))
		}
		fmt.Fprintf(&assign, "=%s:%s:%d:%d:%s:::\n", n, n, s.person.uid, s.person.gid, dir)
		fmt.Fprintf(&assign, "+%s-:%s:%d:%d:%s:-::\n", n, n, s.person.uid, s.person.gid, dir)
	}
	// All else is alias's, whose folder the machine's passwd file may put elsewhere.
	alias := s.person
	if s.cred == nil && os.Geteuid() == 0 {
		alias = lookup(s.t, "alias")
	}
	fmt.Fprintf(&assign, "+:alias:%d:%d:%s/alias:-::\n", alias.uid, alias.gid, s.home)
	s.write("users/assign", assign.String()+".\n")
	s.run("qmail-newu").succeeds()
}

func (s *system) dir(person string) string { return filepath.Join(s.home, "people", person) }

func (s *system) must(errs ...error) {
	s.t.Helper()
	for _, err := range errs {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

func (s *system) empty(pattern string) {
	s.t.Helper()
	names, err := filepath.Glob(filepath.Join(s.home, pattern))
	s.must(err)
	for _, n := range names {
		s.must(os.RemoveAll(n))
	}
}

func (s *system) write(name, text string) {
	s.t.Helper()
	path := filepath.Join(s.home, name)
	s.must(os.WriteFile(path, []byte(text), 0o644))
	if s.cred != nil {
		s.must(os.Chown(path, s.person.uid, s.person.gid))
	}
}

func (s *system) control(name, text string) { s.t.Helper(); s.write("control/"+name, text) }

// dotQmail writes person's file .qmail or .qmail-EXT.
func (s *system) dotQmail(person, ext, text string) {
	s.t.Helper()
	name := ".qmail"
	if ext != "" {
		name += "-" + ext
	}
	path := filepath.Join(s.dir(person), name)
	s.must(os.WriteFile(path, []byte(text), 0o644), os.Chown(path, s.person.uid, s.person.gid))
}

// command is a program of the home, as qmail's administrator runs it.
func (s *system) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(filepath.Join(s.home, "bin", name), args...)
	cmd.Args[0] = name
	cmd.Dir = "/"
	cmd.Env = append([]string{"PATH=" + s.home + "/bin:/usr/bin:/bin", "TZ=UTC", "USER=joe"}, s.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: s.cred}
	return cmd
}

// ran is a program's end.
type ran struct {
	s    *system
	name string
	code int
	out  string
}

func (r ran) succeeds() string {
	r.s.t.Helper()
	if r.code != 0 {
		r.s.t.Fatalf("%s: exit %d\n%s", r.name, r.code, r.out)
	}
	return r.out
}

func (s *system) run(name string, args ...string) ran {
	s.t.Helper()
	return s.feed("", name, args...)
}

func (s *system) feed(input, name string, args ...string) ran {
	s.t.Helper()
	cmd := s.command(name, args...)
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := cmd.Run(); err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return ran{s, name, cmd.ProcessState.ExitCode(), out.String()}
}

// mail queues a message to the recipients, from joe.
func (s *system) mail(subject string, to ...string) {
	s.t.Helper()
	s.mailFrom("joe@test.example", subject, to...)
}

func (s *system) mailFrom(sender, subject string, to ...string) {
	s.t.Helper()
	s.feed("From: joe@test.example\nTo: you:;\nSubject: "+subject+"\n\nbody of "+subject+"\n",
		"qmail-inject", append([]string{"-a", "-f" + sender, "--"}, to...)...).succeeds()
}

// up starts qmail.
func (s *system) up() {
	s.t.Helper()
	if s.send != nil {
		s.t.Fatal("qmail runs already")
	}
	log, err := os.Create(s.log)
	s.must(err)
	defer log.Close()
	cmd := s.command("qmail-start", "./Maildir/")
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr.Setsid = true
	s.must(cmd.Start())
	s.send, s.done = cmd, make(chan error, 1)
	go func() { s.done <- cmd.Wait() }()
	s.logged(`^status: local 0/`)
}

// signal sends one to qmail-send.
func (s *system) signal(sig syscall.Signal) {
	s.t.Helper()
	s.must(s.send.Process.Signal(sig))
}

// down stops qmail as an rc script does, and waits for it.
func (s *system) down() {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
	s.ends()
}

// ends waits for qmail-send to exit 0.
func (s *system) ends() {
	s.t.Helper()
	select {
	case err := <-s.done:
		if err != nil {
			s.t.Errorf("qmail-send: %v\n%s", err, s.logText())
		}
	case <-time.After(patience):
		s.t.Fatalf("qmail-send does not end\n%s", s.logText())
	}
	s.send = nil
	if !strings.HasSuffix(s.logText(), "status: exiting\n") {
		s.t.Errorf("the log does not end with the exit:\n%s", s.logText())
	}
}

// cleanupProcesses has nothing of this test's run on after it.
func (s *system) cleanupProcesses() {
	s.t.Cleanup(func() {
		if s.send != nil {
			syscall.Kill(-s.send.Process.Pid, syscall.SIGKILL)
			<-s.done
		}
	})
}

func (s *system) logText() string {
	data, err := os.ReadFile(s.log)
	s.must(err)
	return string(data)
}

// await polls until ok, and fails the test when that never comes.
func (s *system) await(what string, ok func() bool) {
	s.t.Helper()
	for end := time.Now().Add(patience); !ok(); time.Sleep(often) {
		if time.Now().After(end) {
			s.t.Fatalf("waited in vain for %s; the log:\n%s", what, s.logText())
		}
	}
}

// logged waits until a line of the log matches.
func (s *system) logged(pattern string) {
	s.t.Helper()
	re := regexp.MustCompile(`(?m)` + pattern)
	s.await("a log line like "+pattern, func() bool { return re.MatchString(s.logText()) })
}

// idle waits until the queue is empty and nothing is being delivered.
func (s *system) idle() {
	s.t.Helper()
	s.await("an empty queue", func() bool { return len(s.queued()) == 0 })
}

// queued lists the files of messages.
func (s *system) queued() []string {
	var all []string
	for _, p := range []string{"mess/*/*", "info/*/*", "local/*/*", "remote/*/*", "bounce/*", "todo/*", "intd/*"} {
		names, err := filepath.Glob(filepath.Join(s.home, "queue", p))
		s.must(err)
		all = append(all, names...)
	}
	return all
}

// box returns the messages in a person's Maildir.
func (s *system) box(person string) []string {
	return texts(s.t, filepath.Join(s.dir(person), "Maildir/new/*"))
}

func texts(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var all []string
	for _, n := range names {
		if data, err := os.ReadFile(n); err == nil { // else it was moved meanwhile
			all = append(all, string(data))
		}
	}
	return all
}

// receives waits for a message with all of the texts in a person's Maildir.
func (s *system) receives(person string, parts ...string) string {
	s.t.Helper()
	return s.holds(person+"'s mail", filepath.Join(s.dir(person), "Maildir/new/*"), parts...)
}

// holds waits for a file like pattern that has all of the texts.
func (s *system) holds(what, pattern string, parts ...string) (found string) {
	s.t.Helper()
	s.await(fmt.Sprintf("%q in %s", parts, what), func() bool {
		for _, text := range texts(s.t, pattern) {
			if containsAll(text, parts) {
				found = text
				return true
			}
		}
		return false
	})
	return found
}

func containsAll(text string, parts []string) bool {
	for _, p := range parts {
		if !strings.Contains(text, p) {
			return false
		}
	}
	return true
}
