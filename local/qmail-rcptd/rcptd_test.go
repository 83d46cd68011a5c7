package main

import (
	"net"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/deptest"
	"qmailkit/internal/killtest"
	"qmailkit/internal/rcptcheck"
)

func dial(home string) (net.Conn, error) { return net.Dial("unix", rcptcheck.Path(home)) }

const assign = `=joe:joe:OWNER:100:HOME/joe:::
+joe-:joe:OWNER:100:HOME/joe:-::
+web-:joe:OWNER:100:HOME/joe:-:web-:
=root:root:0:0:/:::
=gone:joe:OWNER:100:HOME/gone:::
+open-:joe:OWNER:100:HOME/open:-::
+stuck-:joe:OWNER:100:HOME/sticky:-::
+deaf-:joe:OWNER:100:HOME/deaf:-::
=stranger:who:99:99:HOME/joe:::
.
`

func TestVerdicts(t *testing.T) {
	w := newWorld(t)
	w.put(map[string]string{
		"control/me": "me.test\n", "control/locals": "local.test\n", "control/percenthack": "local.test\n",
		"control/virtualdomains": "virtual.test:joe-v\n.wild.test:web-w\nme@one.test:joe\nno.virtual.test:\n",
		"users/assign":           assign,
		"joe/.qmail-list":        "&x@y\n", "joe/.qmail-v-sales": "#\n", "joe/.qmail-web-w-default": "", "joe/.qmail-a:b": "",
		"joe/.qmail-deep-default": "./Mailbox\n", "joe/.qmail-folder/": "", "joe/.qmail-me@one:test": "",
		"alias/.qmail-postmaster": "&joe\n", "open/": "", "sticky/": "", "deaf/.qmail-x": "",
	})
	for name, mode := range map[string]os.FileMode{"open": 0o777, "sticky": 0o755 | os.ModeSticky, "deaf": 0} {
		if err := os.Chmod(w.home+"/"+name, mode); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(w.home+"/deaf", 0o700) })
	w.start(w.command("qmail-rcptd"))
	w.expect(
		"y joe@local.test", "y JOE@Local.Test", "y joe-list@local.test", "y joe-a.b@local.test", "y Joe-LIST@LOCAL.TEST",
		"n joe-none@local.test", "n joe-folder@local.test", "n joe-@local.test", "y joe-deep-er-x@local.test", "y joe-deep-@local.test",
		"y postmaster@local.test", "n nobody-here@local.test", "n @local.test", "n joe-../joe-list@local.test",
		"y sales@virtual.test", "n support@virtual.test", "y any@x.wild.test", "n any@wild.test.local.test%local.test@local.test",
		"? any@wild.test", "? a@no.virtual.test", "? a@remote.test",
		"n me@one.test", "? you@one.test", "y joe%local.test@local.test", "n none-x%virtual.test@local.test", "? a%b@local.test",
		"? root@local.test", "? gone@local.test", "? open-x@local.test", "? stuck-x@local.test", "? stranger@local.test", "? deaf-x@local.test", "? deaf-none@local.test",
		"? joe", "? ", "? @", "? joe\n@local.test", "? joe\x00@local.test", "? "+strings.Repeat("x", rcptcheck.MaxRecipient)+"@local.test",
	)
}

// Control files, users and files are believed for no longer than moments.
func TestChanges(t *testing.T) {
	w := newWorld(t)
	w.put(map[string]string{"control/me": "me.test\n", "users/assign": assign, "joe/": ""})
	now := time.Now()
	p, _ := clitest.Proc(t, "qmail-rcptd", clitest.World{Home: w.home})
	p.Now = func() time.Time { return now }
	j := &judge{proc: p, rules: rules{proc: p}, single: true, owner: uint32(owner())}
	check := func(recipient string, want rcptcheck.Verdict) {
		t.Helper()
		if got := j.judge(recipient); got != want {
			t.Errorf("%s: %c, not %c", recipient, got, want)
		}
	}
	check("joe-x@me.test", rcptcheck.No)
	w.put(map[string]string{"joe/.qmail-x": "", "control/locals": "new.test\n"})
	check("joe-x@me.test", rcptcheck.Yes)
	now = now.Add(fresh)
	check("joe-x@me.test", rcptcheck.Unknown)
	check("joe-x@new.test", rcptcheck.Yes)
	now = now.Add(-time.Hour)
	w.put(map[string]string{"control/locals": "newer.test\n"})
	check("joe-x@newer.test", rcptcheck.Yes)
	clitest.Files(t, w.home, map[string]string{"users/cdb": "rubbish"})
	check("joe-x@newer.test", rcptcheck.Unknown)
	os.Remove(w.home + "/users/cdb")
	check("nobody-here@newer.test", rcptcheck.No)
	clitest.Script(t, w.home+"/bin/qmail-getpw", "exit 118")
	check("nobody-here@newer.test", rcptcheck.Unknown)
	clitest.Script(t, w.home+"/bin/qmail-getpw", "cat /dev/zero")
	check("nobody-here@newer.test", rcptcheck.Unknown)
	now = now.Add(fresh)
	os.Remove(w.home + "/control/locals")
	os.Remove(w.home + "/control/me")
	check("joe@newer.test", rcptcheck.Unknown)
}

func TestManyAtOnceAndBadQuestions(t *testing.T) {
	w := newWorld(t)
	w.put(map[string]string{"control/me": "me.test\n", "users/assign": assign, "joe/.qmail-x": ""})
	w.start(w.command("qmail-rcptd"))
	var all sync.WaitGroup
	for range 40 {
		all.Go(func() { w.expect("y joe-x@me.test", "n nobody-here@me.test", "? a@b") })
	}
	for _, question := range []string{"x", "99999999999999999999999:", "5000:", "3:abc;", "", "1:"} {
		all.Go(func() {
			conn, err := dial(w.home)
			if err != nil {
				t.Error(err)
				return
			}
			defer conn.Close()
			conn.Write([]byte(question))
			conn.(*net.UnixConn).CloseWrite()
			if n, _ := conn.Read(make([]byte, 1)); n != 0 {
				t.Errorf("%q was answered", question)
			}
		})
	}
	all.Wait()
}

// A file system that hangs keeps what hangs on it, and nobody else.
func TestHanging(t *testing.T) {
	hang := make(chan bool)
	s := newServer(func(recipient string) rcptcheck.Verdict {
		if recipient == "hang" {
			<-hang
		}
		return rcptcheck.No
	})
	s.patience = time.Millisecond
	for range cap(s.lookups) {
		if v := s.lookup("hang"); v != rcptcheck.Unknown {
			t.Fatalf("%c", v)
		}
	}
	if v := s.lookup("x"); v != rcptcheck.Unknown {
		t.Errorf("%c", v)
	}
	close(hang)
	s.patience = time.Minute
	if v := s.lookup("x"); v != rcptcheck.No {
		t.Errorf("%c", v)
	}
}

func TestSocket(t *testing.T) {
	w := newWorld(t)
	w.put(map[string]string{"control/me": "me.test\n"})
	if rcptcheck.Configured(w.home) || rcptcheck.Ask(w.home, "joe@me.test") != rcptcheck.Unknown {
		t.Error("there is a socket before there is one")
	}
	first := w.command("qmail-rcptd")
	w.start(first)
	if fi, err := os.Stat(rcptcheck.Path(w.home)); err != nil || fi.Mode().Perm() != 0o600 || !rcptcheck.Configured(w.home) {
		t.Errorf("%v %v", fi, err)
	}
	out, err := w.command("qmail-rcptd").CombinedOutput()
	if killtest.Code(err) != 111 || string(out) != "qmail-rcptd: fatal: another one is running\n" {
		t.Errorf("%v %q", err, out)
	}
	first.Process.Kill()
	for answers(w.home) {
	}
	w.expect("? nobody-here@me.test")
	w.start(w.command("qmail-rcptd"))
	w.expect("n nobody-here@me.test")

	for args, said := range map[string]string{
		"x": "qmail-rcptd: usage: qmail-rcptd [ -u user ]\n", "-x": "qmail-rcptd: illegal option -- x\nqmail-rcptd: usage: qmail-rcptd [ -u user ]\n",
	} {
		out, err := w.command("qmail-rcptd", args).CombinedOutput()
		if killtest.Code(err) != 100 || string(out) != said {
			t.Errorf("%v %q", err, out)
		}
	}
}

// Root's process is nobody's, and yet sees private homes where the system
// lets it.
func TestRoot(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can start it so")
	}
	var uids []string
	for _, name := range []string{"qmaild", "qmailp", "alias"} {
		u, err := user.Lookup(name)
		if err != nil {
			t.Skip("this machine has not got qmail's users")
		}
		uids = append(uids, u.Uid)
	}
	w := newWorld(t)
	w.put(map[string]string{"control/me": "me.test\n", "users/assign": assign, "joe/.qmail-x": ""})
	os.Chmod(w.home+"/joe", 0o700)
	for _, name := range []string{"", "queue"} {
		if err := os.Lchown(w.home+"/"+name, 0, 0); err != nil {
			t.Fatal(err)
		}
	}
	c := exec.Command(w.home + "/bin/qmail-rcptd")
	w.start(c)
	w.expect("? root@me.test") // it has been root until it answers
	status := clitest.Read(t, "/proc/"+strconv.Itoa(c.Process.Pid)+"/status")
	if status != "" && !strings.Contains(status, "\nUid:\t"+strings.Repeat(uids[1]+"\t", 3)+uids[1]+"\n") {
		t.Errorf("it runs as\n%s", status)
	}
	w.expect("? x@elsewhere.test")
	if strings.Contains(status, "\nCapEff:\t0000000000000004\n") && strings.Contains(status, "\nCapPrm:\t0000000000000004\n") {
		w.expect("y joe-x@me.test", "n joe-none@me.test")
	} else {
		w.expect("? joe-x@me.test", "? joe-none@me.test")
	}
	out, err := exec.Command("stat", "-c", "%u %a", rcptcheck.Path(w.home)).Output()
	if err == nil && string(out) != uids[0]+" 600\n" {
		t.Errorf("%q", out)
	}
}

func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context encoding encoding/base64 encoding/binary errors fmt io io/fs iter log maps math math/bits math/rand math/rand/v2
		net net/netip os os/exec os/signal path path/filepath reflect slices sort strconv strings sync sync/atomic syscall time
		unicode unicode/utf8 unicode/utf16 unique weak runtime/cgo vendor/golang.org/x/net/dns/dnsmessage hash hash/maphash crypto crypto/subtle
		golang.org/x/sys/unix
		qmailkit/internal/addr qmailkit/internal/cdb qmailkit/internal/cmd qmailkit/internal/control qmailkit/internal/date822
		qmailkit/internal/dotqmail qmailkit/internal/durable qmailkit/internal/errstr qmailkit/internal/getopt qmailkit/internal/home
		qmailkit/internal/ids qmailkit/internal/netstring qmailkit/internal/passwd qmailkit/internal/plain qmailkit/internal/queue
		qmailkit/internal/rcptcheck qmailkit/internal/sock qmailkit/internal/homesock qmailkit/internal/sys qmailkit/internal/users qmailkit/send`)
}
