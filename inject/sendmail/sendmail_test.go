package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
)

// homeVariable makes the test's own program sendmail, of the home it names.
const homeVariable = "SENDMAIL_TEST_HOME"

func TestMain(m *testing.M) {
	if home := os.Getenv(homeVariable); home != "" {
		p := &cmd.Proc{Name: "sendmail", Argv0: os.Args[0], Args: os.Args[1:], Env: os.Environ(), Home: home, Stderr: os.Stderr}
		os.Exit(p.End(Run(p)))
	}
	os.Exit(m.Run())
}

const usageText = "sendmail: usage: sendmail [ -t ] [ -fsender ] [ -Fname ] [ -bp ] [ -bs ] [ arg ... ]\n"

func TestWork(t *testing.T) {
	for _, c := range []struct{ argv0, args, want string }{
		{"", "", "qmail-inject -a --"},
		{"", "a b", "qmail-inject -a -- a b"},
		{"", "-t", "qmail-inject -H --"},
		{"", "-t a", "qmail-inject -H -- a"},
		{"", "a -t", "qmail-inject -a -- a -t"},
		{"", "-oi -oem -odb -om -i -v -m -x -em -B8BITMIME -pSMTP -bm -t -- -a", "qmail-inject -H -- -a"},
		{"", "-EB -Jx -t", "qmail-inject -H --"},
		{"", "-f a@b x", "qmail-inject -a -f a@b -- x"},
		{"", "-ra@b x", "qmail-inject -a -f a@b -- x"},
		{"", "-f <> x", "qmail-inject -a -f  -- x"},
		{"", "-N never -R hdrs -V id -C cf -O Timeout=1 -X log -L tag -h 3 -G -U -n -Ac -d0.1 x", "qmail-inject -a -- x"},
		{"", "-q30m x", "qmail-inject -a -- x"},
		{"", "-q -t", "qmail-inject -H --"},
		{"", "-q", ""},
		{"", "-q1h", ""},
		{"", "-bp -Z", "qmail-qread"},
		{"", "-bs", "qmail-smtpd"},
		{"/usr/bin/mailq", "-v", "qmail-qread"},
		{"-sendmail", "x", "qmail-inject -a -- x"},
	} {
		p, _ := clitest.Proc(t, "sendmail", clitest.World{Args: strings.Fields(c.args)})
		p.Argv0 = c.argv0
		argv, err := work(p)
		if got := strings.Join(argv, " "); err != nil || got != c.want {
			t.Errorf("%s %s: %q, %v; want %q", c.argv0, c.args, got, err, c.want)
		}
	}
	for _, c := range []struct{ argv0, args, stderr string }{
		{"", "-Z", "sendmail: illegal option -- Z\n" + usageText},
		{"x/newaliases", "-Z", "newaliases: illegal option -- Z\n" + usageText},
		{"", "-tf", "sendmail: option requires an argument -- f\n" + usageText},
		{"", "-bz", usageText},
		{"", "-bt", usageText},
		{"", "-bd -q1h", "sendmail: fatal: to receive mail by SMTP, run qmail-smtpd under tcpserver: see qmail-smtpd(8)\n"},
		{"", "-bi", "sendmail: fatal: please use fastforward/newaliases instead\n"},
		{"newaliases", "", "sendmail: fatal: please use fastforward/newaliases instead\n"},
	} {
		p, _ := clitest.Proc(t, "sendmail", clitest.World{Args: strings.Fields(c.args)})
		p.Argv0 = c.argv0
		argv, err := work(p)
		if code, text := cmd.Outcome("sendmail", err); argv != nil || code != 100 || text != c.stderr {
			t.Errorf("%s %s: %q, %d %q; want %q", c.argv0, c.args, argv, code, text, c.stderr)
		}
	}
}

func TestEnvironment(t *testing.T) {
	all := []string{"QMAILNAME=a", "MAILNAME=b", "NAME=c", "QMAILHOST=d", "MAILHOST=e", "QMAILUSER=f", "QMAILSUSER=g"}
	for _, c := range []struct {
		args []string
		env  []string
		want string
	}{
		{[]string{"x"}, all, strings.Join(all, " ")},
		{[]string{"-Fn m", "x"}, all[2:], "NAME=c QMAILHOST=d MAILHOST=e QMAILUSER=f QMAILSUSER=g MAILNAME=n m"},
		{[]string{"-f", "a@b@c", "x"}, all, "QMAILSUSER=g QMAILHOST=c QMAILUSER=a@b"},
		{[]string{"-f", "sam", "x"}, all, "QMAILSUSER=g QMAILUSER=sam"},
		{[]string{"-f", "", "x"}, nil, "QMAILUSER="},
		{[]string{"-f", "<>", "x"}, all, strings.Join(all, " ")},
		{[]string{"-bs"}, []string{"PROTO=SSL", "DATABYTES=5"}, "PROTO=SSL DATABYTES=5"},
		{[]string{"-bs"}, []string{"DATABYTES=5"}, "RELAYCLIENT= DATABYTES=0 PROTO=TCP TCPLOCALIP=127.0.0.1 TCPLOCALHOST=localhost " +
			"TCPREMOTEIP=127.0.0.1 TCPREMOTEHOST=localhost TCPREMOTEINFO=sendmail-bs"},
	} {
		p, _ := clitest.Proc(t, "sendmail", clitest.World{Args: c.args, Env: c.env})
		if _, err := work(p); err != nil {
			t.Fatal(err)
		}
		p.Unsetenv("PATH")
		if got := strings.Join(p.Env, " "); got != c.want {
			t.Errorf("%q: %q, want %q", c.args, got, c.want)
		}
	}
}

// run starts the test's program as sendmail.
func run(t *testing.T, home, name string, args ...string) (out string, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(self, args...)
	c.Args[0] = name
	c.Env = []string{homeVariable + "=" + home, "PATH=" + os.Getenv("PATH"), "MAILNAME=n"}
	c.Stdin = strings.NewReader("message\n")
	b, err := c.CombinedOutput()
	if err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return string(b), c.ProcessState.ExitCode()
}

func TestBecomes(t *testing.T) {
	home := t.TempDir()
	clitest.Script(t, filepath.Join(home, "bin/qmail-inject"), `echo "$0" "$@"; pwd -P; echo "[$MAILNAME]"; cat; exit 7`)
	clitest.Script(t, filepath.Join(home, "bin/qmail-qread"), `echo list`)
	real, err := filepath.EvalSymlinks(home)
	if err != nil {
		t.Fatal(err)
	}
	if out, code := run(t, home, "sendmail", "-Fm", "x y"); code != 7 || out != "bin/qmail-inject -a -- x y\n"+real+"\n[m]\nmessage\n" {
		t.Errorf("qmail-inject: %d %q", code, out)
	}
	if out, code := run(t, home, "/usr/bin/mailq"); code != 0 || out != "list\n" {
		t.Errorf("mailq: %d %q", code, out)
	}
	if out, code := run(t, home, "sendmail", "-bs"); code != 111 || out != "sendmail: fatal: unable to run qmail-smtpd\n" {
		t.Errorf("no qmail-smtpd: %d %q", code, out)
	}
	if out, code := run(t, home+"/none", "sendmail"); code != 111 || out != "sendmail: fatal: unable to switch to qmail home directory\n" {
		t.Errorf("no home: %d %q", code, out)
	}
}
