package svc_test

import (
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
	"qmailkit/svc"
)

// foreign is where the programs of daemontools and ucspi-tcp are.
const foreign = "/usr/bin/"

// both are two sets of programs, ours and the foreign one.
type both struct {
	t    *testing.T
	dir  string
	ours string // the folder, with a slash at its end
}

func programs(t *testing.T, names ...string) *both {
	t.Helper()
	if testing.Short() {
		t.Skip("builds programs")
	}
	for _, name := range names {
		if _, err := os.Stat(foreign + name); err != nil {
			t.Skip("there is no other " + name)
		}
	}
	b := &both{t: t, dir: t.TempDir()}
	b.ours = b.dir + "/bin/"
	packages := make([]string, len(names))
	for i, name := range names {
		packages[i] = "./" + name
	}
	killtest.BuildAll(t, b.dir+"/bin", packages...)
	return b
}

// run runs a program and returns all that it says, its exit code before it.
func (b *both) run(path string, args ...string) string {
	b.t.Helper()
	c := exec.Command(path, args...)
	c.Dir = b.dir
	out, err := c.CombinedOutput()
	if code := killtest.Code(err); code != 0 {
		return string(rune('0'+code/100)) + " " + string(out)
	}
	return string(out)
}

var varying = regexp.MustCompile(`pid \d+|\d+ seconds`)

// await asks a svstat until it answers so.
func (b *both) await(svstat, want string) {
	b.t.Helper()
	got := ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if got = varying.ReplaceAllString(b.run(svstat, "x"), "N"); got == want {
			return
		}
	}
	b.t.Errorf("%s says %q, not %q", svstat, got, want)
}

// agree asks both svstats until they answer the same: a service may change
// between the two.
func (b *both) agree(after string) {
	b.t.Helper()
	ours, theirs := "", ""
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		ours, theirs = b.run(b.ours+"svstat", "x"), b.run(foreign+"svstat", "x")
		if varying.ReplaceAllString(ours, "N") == varying.ReplaceAllString(theirs, "N") {
			return
		}
	}
	b.t.Errorf("%s: %q and %q", after, ours, theirs)
}

// The svc, svstat and svok of either work on the supervise of the other, and
// the one takes over a service folder that the other has left.
func TestOtherSupervise(t *testing.T) {
	b := programs(t, "supervise", "svc", "svstat", "svok")
	clitest.Script(t, b.dir+"/x/run", "trap 'exit 0' HUP; while :; do sleep 0.01; done")
	for _, set := range [][2]string{{b.ours, foreign}, {foreign, b.ours}, {b.ours, foreign}} {
		supervise, tools := set[0], set[1]
		s := exec.Command(supervise+"supervise", "x")
		s.Dir, s.Stderr = b.dir, os.Stderr
		if err := s.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Process.Kill() })
		const up, down = "x: up (N) N", "x: down N"
		b.await(tools+"svstat", up+"\n")
		if got := b.run(tools+"svok", "x"); got != "" {
			t.Errorf("svok: %s", got)
		}
		for _, c := range []struct{ letters, want string }{
			{"-p", up + ", paused"}, {"-c", up}, {"-d", down + ", normally up"}, {"-o", up},
			{"-h", down + ", normally up"}, {"-u", up}, {"-k", up}, {"-pd", down + ", normally up"},
		} {
			if got := b.run(tools+"svc", c.letters, "x"); got != "" {
				t.Errorf("svc %s: %s", c.letters, got)
			}
			b.await(tools+"svstat", c.want+"\n")
			b.agree(c.letters)
			if fi, err := os.Stat(b.dir + "/x/supervise/status"); err != nil || fi.Size() != svc.StatusSize {
				t.Errorf("%v %v", fi, err)
			}
		}
		if got := b.run(supervise+"supervise", "x"); !strings.HasPrefix(got, "1 supervise: fatal: unable to acquire x/supervise/lock: ") {
			t.Errorf("a second one: %s", got)
		}
		other := strings.Replace(tools+"supervise", "//", "/", 1)
		if got := b.run(other, "x"); !strings.HasPrefix(got, "1 supervise: fatal: unable to acquire x/supervise/lock: ") {
			t.Errorf("a second one of the other kind: %s", got)
		}
		b.run(tools+"svc", "-dx", "x")
		if err := s.Wait(); err != nil {
			t.Error(err)
		}
		if got := b.run(tools+"svok", "x"); got != "1 " {
			t.Errorf("svok, when all is over: %q", got)
		}
		b.await(tools+"svstat", "x: supervise not running\n")
	}
}

// Our svc's letters for services with scripts do no harm to the other
// supervise, and a status with stages none to the other svstat.
func TestOtherLetters(t *testing.T) {
	b := programs(t, "supervise", "svc", "svstat")
	clitest.Script(t, b.dir+"/x/run", "while :; do sleep 0.01; done")
	s := exec.Command(foreign+"supervise", "x")
	s.Dir = b.dir
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Process.Kill()
	b.await(b.ours+"svstat", "x: up (N) N\n")
	b.run(b.ours+"svc", "-lq12w+=p", "x")
	b.await(foreign+"svstat", "x: up (N) N, paused\n")
	b.run(b.ours+"svc", "-dx", "x")
	s.Wait()
	clitest.Script(t, b.dir+"/x/stop", ":")
	s = exec.Command(b.ours+"supervise", "x")
	s.Dir = b.dir
	if err := s.Start(); err != nil {
		t.Fatal(err)
	}
	defer s.Process.Kill()
	b.await(b.ours+"svstat", "x: up (N) N, running\n")
	b.await(foreign+"svstat", "x: up (N) N\n")
	b.run(foreign+"svc", "-dx", "x")
	s.Wait()
}

// Both write the same rules, and read those of the other.
func TestOtherRules(t *testing.T) {
	b := programs(t, "tcprules", "tcprulescheck")
	rules := "10.0.0.:allow,RELAYCLIENT=\"\",A=\"b\"\n10.1-9.:deny\n=.example.org:allow\nu@192.0.2.1:deny\n:allow,REST=\"1\"\n"
	var files [2]string
	for i, set := range []string{b.ours, foreign} {
		c := exec.Command(set+"tcprules", "rules.cdb", "rules.tmp")
		c.Dir, c.Stdin = b.dir, strings.NewReader(rules)
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v %s", err, out)
		}
		files[i] = clitest.Read(t, b.dir+"/rules.cdb")
		for _, env := range [][]string{{"TCPREMOTEIP=10.0.0.7"}, {"TCPREMOTEIP=10.5.0.7"}, {"TCPREMOTEIP=192.0.2.1", "TCPREMOTEINFO=u"},
			{"TCPREMOTEIP=192.0.2.1"}, {"TCPREMOTEIP=192.0.2.9", "TCPREMOTEHOST=a.example.org"}} {
			var said [2]string
			for j, check := range []string{b.ours, foreign} {
				c := exec.Command(check+"tcprulescheck", "rules.cdb")
				c.Dir, c.Env = b.dir, append([]string{"PATH=/usr/bin:/bin"}, env...)
				out, err := c.CombinedOutput()
				if err != nil {
					t.Fatalf("%v %s", err, out)
				}
				said[j] = string(out)
			}
			if said[0] != said[1] || said[0] == "" {
				t.Errorf("%q: %q and %q", env, said[0], said[1])
			}
		}
	}
	if files[0] != files[1] {
		t.Error("the files differ")
	}
}

// Either svscan runs the supervises of the other, and either multilog goes on
// in the log that the other has left.
func TestOtherLog(t *testing.T) {
	b := programs(t, "svscan", "supervise", "multilog", "svc", "svok")
	clitest.Script(t, b.dir+"/sc/a/run", "echo line; exec sleep 60")
	clitest.Files(t, b.dir+"/sc/a/log", nil)
	for i, path := range []string{b.ours + ":/usr/bin:/bin", "/usr/bin:/bin", b.ours + ":/usr/bin:/bin"} {
		clitest.Script(t, b.dir+"/sc/a/log/run", "exec multilog s4096 n3 ./main")
		scan := exec.Command([]string{foreign, b.ours, b.ours}[i]+"svscan", "sc")
		scan.Dir, scan.Env = b.dir, []string{"PATH=" + path}
		if err := scan.Start(); err != nil {
			t.Fatal(err)
		}
		want := strings.Repeat("line\n", i+1)
		for end := time.Now().Add(30 * time.Second); clitest.Read(t, b.dir+"/sc/a/log/main/current") != want; {
			if time.Now().After(end) {
				t.Fatalf("the log is %q", clitest.Read(t, b.dir+"/sc/a/log/main/current"))
			}
		}
		scan.Process.Signal(syscall.SIGTERM) // leaves the supervises
		scan.Wait()
		for _, name := range []string{"sc/a", "sc/a/log"} {
			for b.run(b.ours+"svok", name) == "" {
				b.run(b.ours+"svc", "-dx", name)
			}
		}
	}
}
