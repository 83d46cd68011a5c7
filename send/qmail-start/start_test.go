package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/deptest"
	"qmailkit/internal/ids"
	"qmailkit/internal/killtest"
)

func TestDependencies(t *testing.T) {
	deptest.Only(t, `
		bufio bytes cmp context errors io io/fs iter math/bits os os/signal os/user path path/filepath slices strconv strings
		encoding/binary golang.org/x/sys/unix math reflect sort sync sync/atomic syscall time unicode unicode/utf8
		qmailkit/internal/child qmailkit/internal/cmd qmailkit/internal/errstr qmailkit/internal/home
		qmailkit/internal/ids qmailkit/internal/passwd qmailkit/internal/plain qmailkit/internal/spawn qmailkit/internal/sys`)
}

// Stand-ins that tell into files what they are, and talk to one another.
const (
	tell = `i=0; open=; while [ $i -lt 10 ]; do if [ -e /proc/self/fd/$i ]; then open="$open$i "; fi; i=$((i+1)); done
trap '' PIPE; dir=${0%/*}/../told; me=${0##*/}
{ echo "args $*"; echo "uid $(id -u)"; echo "groups $(id -G)"; echo "umask $(umask)"; echo "dir $PWD"; echo "open $open"; } > "$dir/$me.tmp"
echo $$ > "$dir/$me.pid"; mv "$dir/$me.tmp" "$dir/$me"
`
	helper = tell + `read -r line && echo "$me heard $line"`
	sender = tell + `echo one >&1; echo two >&3; echo three >&5
read -r a <&2; read -r b <&4; read -r c <&6
echo "$a, $b, $c" >&0`
	logger = tell + `sed 's/^/logged: /'`
)

type world struct {
	t         *testing.T
	dir, home string
	program   string
}

// newWorld makes a home: root's with the machine's qmail users, an ordinary
// user's as a single-user home.
func newWorld(t *testing.T, single bool) *world {
	t.Helper()
	w := &world{t: t, dir: killtest.Dir(t)}
	w.home, w.program = w.dir+"/home", w.dir+"/qmail-start"
	clitest.Files(t, w.dir, map[string]string{"told/": "", "bin/": "", "first/": "", "home/queue/": ""})
	os.Chmod(w.dir+"/told", 0o777)
	if single && os.Getuid() == 0 {
		for _, d := range []string{w.home, w.home + "/queue"} {
			if err := os.Chown(d, 54321, 54320); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, body := range map[string]string{
		"qmail-send": sender, "qmail-lspawn": helper, "qmail-rspawn": helper, "qmail-clean": helper, "logger": logger,
	} {
		clitest.Script(t, filepath.Join(w.dir, "bin", name), body)
	}
	killtest.Build(t, w.program, w.home)
	return w
}

// run runs qmail-start to the end of all that it becomes and starts.
func (w *world) run(args ...string) (stdout, stderr string, pid int, err error) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	c := exec.CommandContext(ctx, w.program, args...)
	var out, errs bytes.Buffer
	c.Stdout, c.Stderr = &out, &errs
	c.Stdin = clitest.Open(w.t, os.DevNull)
	for range 5 {
		c.ExtraFiles = append(c.ExtraFiles, c.Stdin.(*os.File)) // 3 to 7
	}
	// All that is started inherits 8: when it is closed, the last has ended.
	ended, held, err := os.Pipe()
	if err != nil {
		w.t.Fatal(err)
	}
	defer ended.Close()
	c.ExtraFiles = append(c.ExtraFiles, held)
	// The programs are in the last place that PATH names.
	c.Env = []string{"PATH=" + w.dir + "/first:/nonexistent:" + w.dir + "/bin:/bin:/usr/bin"}
	err = c.Run()
	held.Close()
	io.Copy(io.Discard, ended)
	return out.String(), errs.String(), c.Process.Pid, err
}

func (w *world) told(name string) map[string]string {
	w.t.Helper()
	told := map[string]string{}
	for _, line := range strings.Split(clitest.Read(w.t, w.dir+"/told/"+name), "\n") {
		key, value, _ := strings.Cut(line, " ")
		told[key] = strings.TrimSpace(value)
	}
	return told
}

const conversation = "qmail-lspawn heard one, qmail-rspawn heard two, qmail-clean heard three\n"

func TestPlumbing(t *testing.T) {
	w := newWorld(t, true)
	out, errs, pid, err := w.run()
	if err != nil || errs != "" || out != conversation {
		t.Fatalf("%v %q %q", err, out, errs)
	}
	if got := clitest.Read(t, w.dir+"/told/qmail-send.pid"); got != strconv.Itoa(pid)+"\n" {
		t.Errorf("qmail-send is process %s, not %d", got, pid)
	}
	for name, open := range map[string]string{"qmail-send": "0 1 2 3 4 5 6 7 8", "qmail-lspawn": "0 1 7 8", "qmail-rspawn": "0 1 7 8", "qmail-clean": "0 1 7 8"} {
		told := w.told(name)
		args := ""
		if name == "qmail-lspawn" {
			args = "./Mailbox"
		}
		if told["args"] != args || told["umask"] != "0077" || told["dir"] != "/" {
			t.Errorf("%s: %q", name, told)
		}
		// 7 and 8 were inherited, and so were 3 to 6 that are gone.
		if _, err := os.Stat("/proc/self/fd"); err == nil && told["open"] != open {
			t.Errorf("%s has %s open, want %s", name, told["open"], open)
		}
		uid := os.Getuid()
		if uid == 0 {
			uid = 54321
		}
		if told["uid"] != strconv.Itoa(uid) {
			t.Errorf("%s runs as %s in a single-user home", name, told["uid"])
		}
	}
}

func TestLogger(t *testing.T) {
	w := newWorld(t, true)
	out, errs, _, err := w.run("./Maildir/", "logger", "-t", "x y")
	if err != nil || errs != "" || out != "logged: "+conversation {
		t.Fatalf("%v %q %q", err, out, errs)
	}
	if got := w.told("logger"); got["args"] != "-t x y" {
		t.Errorf("%q", got)
	}
	if got := w.told("qmail-lspawn"); got["args"] != "./Maildir/" {
		t.Errorf("%q", got)
	}
}

// A program that is missing is for qmail-send to notice; qmail-send itself is
// not.
func TestMissing(t *testing.T) {
	w := newWorld(t, true)
	os.Remove(w.dir + "/bin/qmail-rspawn")
	out, errs, _, _ := w.run()
	if want := "qmail-lspawn heard one, , qmail-clean heard three\n"; out != want || errs != "" {
		t.Errorf("%q %q", out, errs)
	}
	os.Remove(w.dir + "/bin/qmail-send")
	out, errs, _, err := w.run()
	if killtest.Code(err) != 111 || out != "" || errs != "" {
		t.Errorf("%v %q %q", err, out, errs)
	}
}

func TestUsers(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can start programs under other users")
	}
	w := newWorld(t, false)
	h := ids.Of(w.home)
	uid, err := h.Users(ids.Send, ids.Remote, ids.Queue, ids.Log)
	nofiles, err2 := h.Group(ids.GroupNofiles)
	gid, err3 := h.Group(ids.GroupQueue)
	out, errs, _, rerr := w.run("./Mailbox", "logger")
	if err != nil || err2 != nil || err3 != nil {
		if killtest.Code(rerr) != 111 || !strings.HasPrefix(errs, "fatal: unable to find ") || strings.Count(errs, "\n") != 1 || out != "" {
			t.Errorf("without qmail's users: %v %q %q", rerr, out, errs)
		}
		t.Skip("this machine has not got qmail's users")
	}
	if rerr != nil || out != "logged: "+conversation {
		t.Fatalf("%v %q %q", rerr, out, errs)
	}
	number := func(n uint32) string { return strconv.FormatUint(uint64(n), 10) }
	for name, want := range map[string][2]string{
		"qmail-send": {number(uid[0]), number(gid)}, "qmail-lspawn": {"0", number(gid)}, "qmail-rspawn": {number(uid[1]), number(gid)},
		"qmail-clean": {number(uid[2]), number(gid)}, "logger": {number(uid[3]), number(nofiles)},
	} {
		if told := w.told(name); told["uid"] != want[0] || told["groups"] != want[1] {
			t.Errorf("%s runs as %s in groups %s, want %v", name, told["uid"], told["groups"], want)
		}
	}
}

// An ordinary user cannot start mail delivery in a home that is not his.
func TestNotRoot(t *testing.T) {
	w := newWorld(t, true)
	os.Chmod(w.program, 0o755)
	c := exec.Command(w.program)
	c.Env = []string{"PATH=" + w.dir + "/bin:/bin:/usr/bin"}
	if os.Getuid() == 0 {
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 54322, Gid: 54322}}
	} else {
		t.Skip("only root can be two other users")
	}
	out, err := c.CombinedOutput()
	if killtest.Code(err) != 111 || len(out) != 0 || len(w.told("qmail-lspawn")["uid"]) != 0 {
		t.Errorf("%v %q %q", err, out, w.told("qmail-lspawn"))
	}
}
