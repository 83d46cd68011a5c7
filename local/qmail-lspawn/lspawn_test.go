package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
	"qmailkit/internal/users"
)

// owner is whom the test's home belongs to: an ordinary user, so that it is a
// single-user home.
func owner() int {
	if uid := os.Getuid(); uid != 0 {
		return uid
	}
	return 54321
}

// newHome makes a home with one message, 7/77, and the given assignments.
func newHome(t *testing.T, assign string) string {
	t.Helper()
	parent := t.TempDir()
	home := filepath.Join(parent, "home")
	clitest.Files(t, home, map[string]string{"queue/mess/7/77": "Subject: x\n\nb\n", "users/": "", "bin/": "", "joe/": ""})
	if assign != "" {
		w, err := cdb.Create(home+"/users/cdb", 0o644)
		if err != nil {
			t.Fatal(err)
		}
		assign = strings.NewReplacer("OWNER", strconv.Itoa(owner()), "FOLDER", home+"/joe").Replace(assign)
		if err := users.ReadAssign(strings.NewReader(assign), w.Add); err != nil {
			t.Fatal(err)
		}
		if err := w.Finish(); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{filepath.Dir(parent), parent} {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"", "queue", "queue/mess/7/77", "joe"} {
		if err := os.Chown(filepath.Join(home, name), owner(), -1); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

const joe = "=joe:joe:OWNER:100:HOME:::\n+joe-:joe:OWNER:100:HOME:-::\n=other:other:999999:1:/:::\n=root:root:0:0:/:::\n.\n"

// ask sends one request and returns the report.
func ask(t *testing.T, home, recipient, deliverer string, args ...string) string {
	t.Helper()
	got := clitest.Run(t, "qmail-lspawn", Run, clitest.World{
		Home: home, Args: append([]string{"./Mailbox"}, args...), Env: []string{"QMAILLOCAL=" + deliverer},
		Input: "\x057/77\x00s@t\x00" + recipient + "\x00",
	})
	report, begun := strings.CutPrefix(got.Stdout, "\x78\x05")
	report, ended := strings.CutSuffix(report, "\x00")
	if !begun || !ended || got.Code != 0 {
		t.Fatalf("%s: %+v", recipient, got)
	}
	return report
}

func TestDeliver(t *testing.T) {
	home := newHome(t, joe)
	show := clitest.Script(t, home+"/bin/show", `printf '[%s]' "$@"; cat; pwd >&2`)
	want := "K[--][joe][HOME][joe-Ext][-][Ext][a.b][s@t][./Mailbox]Subject: x\n\nb\n" + home + "\n"
	if got := ask(t, home, "joe-Ext@a.b", show); got != want {
		t.Errorf("%q", got)
	}
}

func TestRefusals(t *testing.T) {
	home := newHome(t, joe)
	for recipient, want := range map[string]string{
		"@h":      noBox,
		"other@h": otherUser,
		"root@h":  "ZNot allowed to perform deliveries as root.\n",
		"joe@h":   "DUnable to run qmail-local.\n",
		"nobody":  "DSorry, address must include host name. (#5.1.3)\n",
		"nobo@dy": "ZUnable to run qmail-getpw.\n",
	} {
		if got := ask(t, home, recipient, "/no/such/program"); got != want {
			t.Errorf("%s: %q", recipient, got)
		}
	}
	if err := os.WriteFile(home+"/users/cdb", []byte("no table"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := ask(t, home, "joe@h", "/no/such/program"); got != "ZTrouble reading users/cdb in qmail-lspawn.\n" {
		t.Errorf("%q", got)
	}
}

func TestExitCodes(t *testing.T) {
	home := newHome(t, joe)
	code := clitest.Script(t, home+"/bin/code", `echo said; exit "${4#joe-}"`)
	for exit, want := range map[string]string{
		"0": "Ksaid\n", "100": "Dsaid\n", "111": "Zsaid\n", "71": "Zsaid\n", "74": "Zsaid\n", "75": "Zsaid\n", "1": "Dsaid\n", "99": "Dsaid\n",
		"2": crashed, "112": "ZInternal qmail-lspawn bug.\n", "113": "ZNot allowed to perform deliveries as root.\n",
		"115": "ZNFS failure in qmail-local.\n", "116": "ZUnable to find alias user!\n", "117": "ZTrouble reading users/cdb in qmail-lspawn.\n",
		"118": "ZTemporary failure in qmail-lspawn.\n", "119": "ZOut of memory in qmail-lspawn.\n", "120": "ZUnable to run qmail-local.\n",
		"121": "ZUnable to run qmail-getpw.\n", "126": "DUnable to run qmail-local.\n",
	} {
		if got := ask(t, home, "joe-"+exit+"@h", code); got != want {
			t.Errorf("%s: %q", exit, got)
		}
	}
	kill := clitest.Script(t, home+"/bin/kill", `echo said; kill -9 $$`)
	if got := ask(t, home, "joe@h", kill); got != crashed {
		t.Errorf("%q", got)
	}
}

func TestGetpw(t *testing.T) {
	home := newHome(t, "")
	show := clitest.Script(t, home+"/bin/show", `printf '[%s]' "$@"`)
	for script, want := range map[string]string{
		fmt.Sprintf(`printf 'joe\000%d\000100\000/h\000-\000%%s\000' "$1"`, owner()): "K[--][joe][/h][Bob][-][Bob][h][s@t][./Mailbox]",
		`printf 'joe\000999999\000100\000/h\000\000\000'`:                            otherUser,
		`printf 'joe\000'`: "ZInternal qmail-lspawn bug.\n",
		`exit 116`:         "ZUnable to find alias user!\n",
		`exit 115`:         "ZNFS failure in qmail-local.\n",
		`exit 1`:           "ZTemporary failure in qmail-lspawn.\n",
		`exit 111`:         "ZTemporary failure in qmail-lspawn.\n",
		`kill -9 $$`:       "ZTemporary failure in qmail-lspawn.\n",
		`exit 100`:         "D",
	} {
		clitest.Script(t, home+"/bin/qmail-getpw", script)
		if got := ask(t, home, "Bob@h", show); got != want {
			t.Errorf("%s: %q", script, got)
		}
	}
}

func TestReport(t *testing.T) {
	cut := strings.Repeat("x", maxReport-len(tooLong)-3) + tooLong
	for n, want := range map[int]string{0: "", maxReport: strings.Repeat("x", maxReport), maxReport + 1: cut, 100_000: cut} {
		if got := report(bytes.Repeat([]byte("x"), min(n, maxReport+1))); got != want {
			t.Errorf("%d: %d bytes", n, len(got))
		}
	}
	if got := reportCode(0, "a\x00b"); got != "Ka" {
		t.Errorf("%q", got)
	}
}

func TestStart(t *testing.T) {
	home := newHome(t, "")
	if got := clitest.Run(t, "qmail-lspawn", Run, clitest.World{Home: home}); got != (clitest.Result{Code: 100}) {
		t.Errorf("%+v", got)
	}
	if got := clitest.Run(t, "qmail-lspawn", Run, clitest.World{Home: home + "/joe", Args: []string{"x"}}); got != (clitest.Result{Code: 111}) {
		t.Errorf("%+v", got)
	}
}
