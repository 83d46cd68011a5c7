package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"qmailkit/internal/clitest"
)

// qmailq is who owns the homes that root makes here; anybody else owns theirs.
const qmailq = 65534

// newHome makes a home of a single user, with a message in its queue.
func newHome(t *testing.T) string {
	t.Helper()
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{
		"queue/mess/7/77": "From: a@b\n\nbody\n", "queue/lock/tcpto": strings.Repeat("x", 1024), "bin/": "",
	})
	if os.Getuid() == 0 {
		for _, name := range []string{"", "queue", "queue/mess/7/77"} {
			if err := os.Chown(filepath.Join(home, name), qmailq, qmailq); err != nil {
				t.Fatal(err)
			}
		}
	}
	return home
}

func serve(t *testing.T, home, input string, env ...string) string {
	t.Helper()
	r := clitest.Run(t, "qmail-rspawn", Run, clitest.World{Home: home, Input: input, Env: env})
	if r.Code != 0 || r.Stderr != "" || !strings.HasPrefix(r.Stdout, "x") {
		t.Fatalf("%+v", r)
	}
	return r.Stdout[1:]
}

func TestDeliveries(t *testing.T) {
	home := newHome(t)
	for body, want := range map[string]string{
		`printf 'r\000Kok\n\000'`:                        "Kok\n",
		`printf 'h%s\000Dno\000' "$#,$1,$2,$3,$(pwd)"`:   "D3,d.example,s@b.example,u@d.example," + filepath.Join(home, "queue/mess") + "no",
		`printf h; cat; printf '\000Dno\000'`:            "DFrom: a@b\n\nbody\nno",
		`printf 'soops\000Z\000' >&2`:                    "Zoops",
		`printf 'x\000Kok\000'`:                          "Zqmail-remote's report makes no sense. (#4.3.0)\n",
		`exit 0`:                                         "Zqmail-remote produced no output.\n",
		`printf 'r\000Kok\000'; exit 1`:                  "DUnable to run qmail-remote.\n",
		`printf 'r\000Kok\000'; exit 111`:                "ZUnable to run qmail-remote.\n",
		`printf 'r\000Kok\000'; kill -9 $$`:              "Zqmail-remote crashed.\n",
		`printf 'r\000K\000'; exec >&- 2>&-; kill -9 $$`: "Zqmail-remote crashed.\n",
	} {
		script := clitest.Script(t, filepath.Join(home, "bin", "rem"), body)
		got := serve(t, home, "\x037/77\x00s@b.example\x00u@d.example\x00", "QMAILREMOTE="+script)
		if got != "\x03"+want+"\x00" {
			t.Errorf("%s: %q, want %q", body, got, want)
		}
	}
	if table := clitest.Read(t, filepath.Join(home, "queue/lock/tcpto")); table != string(make([]byte, 1024)) {
		t.Error("the table of time-outs is not cleared")
	}
}

func TestProgram(t *testing.T) {
	home := newHome(t)
	clitest.Script(t, filepath.Join(home, "bin", "qmail-remote"), `printf 'r\000Kdefault\000'`)
	clitest.Script(t, filepath.Join(home, "bin", "rem"), `printf 'r\000Kother\000'`)
	path := "PATH=" + filepath.Join(home, "bin") + ":/bin:/usr/bin"
	const request = "\x007/77\x00\x00u@d\x00"
	for _, c := range []struct {
		env  []string
		want string
	}{
		{[]string{path}, "Kdefault"},
		{[]string{path, "QMAILREMOTE=rem"}, "Kother"},
		{[]string{path, "QMAILREMOTE=none"}, "DUnable to run qmail-remote.\n"},
		{[]string{path, "QMAILREMOTE="}, "DUnable to run qmail-remote.\n"},
		{[]string{path, "QMAILREMOTE=" + home}, "DUnable to run qmail-remote.\n"},
	} {
		if got := serve(t, home, request, c.env...); got != "\x00"+c.want+"\x00" {
			t.Errorf("%q: %q", c.env[1:], got)
		}
	}
}

func TestManyAtOnce(t *testing.T) {
	home := newHome(t)
	script := clitest.Script(t, filepath.Join(home, "bin", "rem"), `printf 'r\000K%s\000' "$3"`)
	var in strings.Builder
	var want []string
	for slot := range byte(120) {
		address := "u" + strings.Repeat("x", int(slot)) + "@d"
		in.WriteString(string(rune(slot)) + "7/77\x00s@b\x00" + address + "\x00")
		want = append(want, string(rune(slot))+"K"+address+"\x00")
	}
	got := serve(t, home, in.String(), "QMAILREMOTE="+script)
	for _, report := range want {
		if !strings.Contains(got, report) {
			t.Errorf("%q is missing", report)
		}
	}
	if len(got) != len(strings.Join(want, "")) {
		t.Errorf("%q", got)
	}
}

func TestNoQueue(t *testing.T) {
	r := clitest.Run(t, "qmail-rspawn", Run, clitest.World{Home: t.TempDir()})
	if r.Code != 111 || r.Stdout != "" || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
}

// makeProgram builds one of the two programs into the home's bin, of sources that
// tag stands for.
func makeProgram(t *testing.T, home, name, tag string) {
	t.Helper()
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", tag, "-ldflags", "-X qmailkit/internal/home.dir="+home,
		"-o", filepath.Join(home, "bin", name), "../"+name)
	c.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
}

// sink is a mail server that counts its connections.
func sink(t *testing.T) (port int, conns *atomic.Int32) {
	t.Helper()
	conns = new(atomic.Int32)
	at := clitest.Serve(t, "tcp", "127.0.0.1:0", func(c net.Conn) {
		conns.Add(1)
		take(c)
	})
	return at.(*net.TCPAddr).Port, conns
}

func take(c net.Conn) {
	in := bufio.NewScanner(c)
	io.WriteString(c, "220 x\r\n")
	for data := false; in.Scan(); {
		switch {
		case in.Text() == "DATA":
			data = true
			io.WriteString(c, "354 go\r\n")
		case !data || in.Text() == ".":
			data = false
			io.WriteString(c, "250 ok\r\n")
		}
	}
}

// Deliveries are made in the process, on one connection after the other, if the
// deliverer is of the same sources and nothing speaks against it. The reports
// are the same.
func TestInside(t *testing.T) {
	home := newHome(t)
	os.Chmod(home, 0o755)
	port, conns := sink(t)
	clitest.Files(t, home, map[string]string{"control/me": "me.example\n", "control/smtproutes": fmt.Sprintf(":127.0.0.1:%d\n", port)})
	makeProgram(t, home, "qmail-rspawn", "build_1")
	makeProgram(t, home, "qmail-remote", "build_1")
	world := func(env ...string) int32 {
		t.Helper()
		before := conns.Load()
		c := exec.Command(filepath.Join(home, "bin", "qmail-rspawn"))
		c.Env = append([]string{"PATH=" + filepath.Join(home, "bin")}, env...)
		in, err := c.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		reports := bufio.NewReader(out)
		reports.ReadByte()
		for range 3 {
			io.WriteString(in, "\x027/77\x00s@b\x00u@d\x00")
			report, _ := reports.ReadString(0)
			if report != "\x02K127.0.0.1 accepted message.\nRemote host said: 250 ok\n\x00" {
				t.Errorf("%q", report)
			}
		}
		in.Close()
		if err := c.Wait(); err != nil {
			t.Error(err)
		}
		return conns.Load() - before
	}
	if n := world(); n != 1 {
		t.Errorf("%d connections", n)
	}
	if n := world("QMAILREMOTE=qmail-remote"); n != 3 {
		t.Errorf("$QMAILREMOTE: %d connections", n)
	}
	clitest.Files(t, home, map[string]string{"control/remoteprocess": "1\n"})
	if n := world(); n != 3 {
		t.Errorf("control/remoteprocess: %d connections", n)
	}
	clitest.Files(t, home, map[string]string{"control/remoteprocess": "0\n"})
	makeProgram(t, home, "qmail-remote", "build_2")
	if n := world(); n != 3 {
		t.Errorf("of other sources: %d connections", n)
	}
}
