package main

import (
	"bufio"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
)

// live is qmail-lspawn at work, with the real qmail-local, which stays for
// further deliveries to the home's one user joe.
type live struct {
	t        *testing.T
	joe      string // his folder
	requests *os.File
	reports  *bufio.Reader
	ended    chan error
}

func newLive(t *testing.T) *live {
	t.Helper()
	home := newHome(t, "")
	w := &live{t: t, joe: filepath.Join(home, "joe"), ended: make(chan error, 1)}
	killtest.BuildAll(t, home+"/bin", "../qmail-local")
	clitest.Script(t, home+"/bin/qmail-getpw", `printf 'joe\000`+strconv.Itoa(owner())+`\000`+strconv.Itoa(os.Getgid())+`\000`+w.joe+`\000-\000%s\000' "${1#joe-}"`)
	p, _ := clitest.Proc(t, "qmail-lspawn", clitest.World{Home: home, Args: []string{"./Mailbox"}})
	in, requests, err1 := os.Pipe()
	reports, out, err2 := os.Pipe()
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	p.Stdin, p.Stdout, w.requests, w.reports = in, out, requests, bufio.NewReader(reports)
	go func() {
		err := Run(p)
		out.Close()
		w.ended <- err
	}()
	t.Cleanup(w.close)
	if limit, err := w.reports.ReadByte(); limit == 0 || err != nil {
		t.Fatal(limit, err)
	}
	return w
}

func (w *live) close() {
	w.requests.Close()
	if err := <-w.ended; err != nil {
		w.t.Error(err)
	}
}

// program makes command what happens to mail for joe-NAME.
func (w *live) program(name, command string) {
	w.t.Helper()
	clitest.Files(w.t, w.joe, map[string]string{".qmail-" + name: "|" + command + "\n"})
}

// mail delivers to joe-NAME and returns the report.
func (w *live) mail(name string) string {
	w.t.Helper()
	if _, err := w.requests.WriteString("\x057/77\x00s@t\x00joe-" + name + "@h\x00"); err != nil {
		w.t.Fatal(err)
	}
	report, err := w.reports.ReadString(0)
	if err != nil || report[0] != 5 {
		w.t.Fatalf("%q %v", report, err)
	}
	return report[1 : len(report)-1]
}

// worker delivers, and returns the process that did it.
func (w *live) worker() int {
	w.t.Helper()
	w.program("who", "echo $PPID")
	line, _, _ := strings.Cut(strings.TrimPrefix(w.mail("who"), "K"), "\n")
	pid, err := strconv.Atoi(line)
	if err != nil {
		w.t.Fatal(err)
	}
	return pid
}

// gone waits until there is no such process, nor a zombie of it.
func gone(pid int) {
	for syscall.Kill(pid, 0) == nil {
		time.Sleep(time.Millisecond)
	}
}

// What programs of a user do to the qmail-local above them costs that user a
// delay at most, and nobody else anything: after each of them the next
// delivery is made.
func TestUsersProgramsMisbehave(t *testing.T) {
	w := newLive(t)
	first := w.worker()
	if next := w.worker(); next != first {
		t.Fatalf("%d does not stay, %d came", first, next)
	}
	for _, c := range []struct{ name, command, report string }{
		{"kill", "kill -9 $PPID", crashed},
		{"term", "kill -TERM $PPID; exec >&- 2>&-; sleep 3", crashed},
		{"hup", "kill -HUP $PPID; exec >&- 2>&-; sleep 3", crashed},
		{"babble", `(printf '\001\000\002\000\003\000' >&3) 2>/dev/null; exit 100`, "D"},
		{"behind", "(exec <&- >&- 2>&-; exec sleep 1000) & echo $! >behind", "Kdid 0+0+1\n"},
		{"cwd", "cd / && umask 777 && ulimit -n 4 && ulimit -f 0 && trap '' TERM PIPE && exit 100", "D"},
		{"fill", "yes | head -c 1000000", "K" + strings.Repeat("y\n", maxReport)[:maxReport-len(tooLong)-3] + tooLong},
	} {
		w.program(c.name, c.command)
		if got := w.mail(c.name); got != c.report {
			t.Errorf("%s: %.100q", c.name, got)
		}
		w.worker()
	}
	if pid, err := strconv.Atoi(strings.TrimSpace(clitest.Read(t, w.joe+"/behind"))); err == nil {
		syscall.Kill(pid, syscall.SIGKILL)
	}
}

// A qmail-local that was killed while it waited is not missed.
func TestKilledWhileIdle(t *testing.T) {
	w := newLive(t)
	pid := w.worker()
	if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	gone(pid)
	if next := w.worker(); next == pid {
		t.Error("it answers")
	}
}

// A delivery finds nothing of the one before: not its descriptors, folder,
// umask, limits, signals, environment.
func TestNothingIsLeft(t *testing.T) {
	w := newLive(t)
	w.program("world", `pwd; umask; ulimit -a; env | grep -v UFLINE | sort; for n in 0 1 2 3 4 5 6 7 8 9; do (eval ": <&$n") 2>/dev/null && echo "$n is open"; done; trap; sed -n '/^Sig[IBC]/p' /proc/self/status 2>/dev/null; echo "$PPID" >by`)
	by := func() string { return clitest.Read(t, w.joe+"/by") }
	first := w.mail("world")
	pid := by()
	if !strings.HasPrefix(first, "K"+w.joe+"\n") {
		t.Fatalf("%q", first)
	}
	w.program("other", "ulimit -n 9; cat >/dev/null; exit 111")
	clitest.Files(t, w.joe, map[string]string{".qmail-box": "./box\n./none/\n"})
	for _, name := range []string{"other", "box", "nobody"} {
		w.mail(name)
	}
	if again := w.mail("world"); again != first || by() != pid {
		t.Errorf("%s by %s\nand by %s\n%s", first, pid, by(), again)
	}
}

// When qmail-lspawn ends, so do those that it kept.
func TestEndsWithLspawn(t *testing.T) {
	w := newLive(t)
	pid := w.worker()
	w.requests.Close()
	if err := <-w.ended; err != nil {
		t.Error(err)
	}
	gone(pid)
	w.ended <- nil
}
