package setupcmd

import (
	"encoding/json"
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/internal/killtest"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/check"
	"qmailkit/svc/umbrella/layout"
)

// world is an empty place for a home, and a folder of programs.
func world(t *testing.T) (home, from string) {
	t.Helper()
	if os.Geteuid() == 0 {
		if _, err := ids.Of(t.TempDir()).Users(ids.Alias, ids.Daemon, ids.Log, ids.Passwd, ids.Queue, ids.Remote, ids.Send); err != nil {
			t.Skip(err) // it would make them
		}
	}
	dir := killtest.Dir(t)
	home, from = filepath.Join(dir, "home"), filepath.Join(dir, "from")
	files := map[string]string{}
	for _, name := range append(layout.Needed(), "qmail", "hostname") {
		files[name] = "made for " + home
	}
	clitest.Files(t, from, files)
	for name := range files {
		if err := os.Chmod(filepath.Join(from, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return home, from
}

func call(t *testing.T, home, input string, args ...string) clitest.Result {
	t.Helper()
	return clitest.Run(t, "qmail", func(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) },
		clitest.World{Args: append([]string{"setup"}, args...), Home: home, Input: input})
}

// A new home is in good order.
func TestSetup(t *testing.T) {
	home, from := world(t)
	options := []string{"--host", "mx.example.org", "--domain", "example.org", "--postmaster", here, "--from", from}
	if r := call(t, home, "", append(options, "--dry-run")...); r.Code != 0 || !strings.Contains(r.Stdout, "file "+home+"/control/me: mx.example.org\n") {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(home); !os.IsNotExist(err) {
		t.Fatalf("--dry-run: %v", err)
	}
	if r := call(t, home, "", options...); r.Code != 0 || !strings.Contains(r.Stdout, "The home is ready.") {
		t.Fatalf("%+v", r)
	}
	for name, want := range map[string]string{
		"control/me": "mx.example.org\n", "control/locals": "localhost\nmx.example.org\nexample.org\n", "control/plusdomain": "example.org\n",
		"alias/.qmail-postmaster": here + "\n", "bin/qmail-send": "made for " + home, "bin/hostname": "", "control/defaultdelivery": "./Maildir/\n",
	} {
		if got := clitest.Read(t, filepath.Join(home, name)); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	p := &cmd.Proc{Home: home, Now: time.Now}
	for _, f := range check.Check(check.World{Proc: p}).Findings {
		if f.Kind != "alias-home" { // the machine's users may have another home
			t.Errorf("%+v", f)
		}
	}

	// Again: nothing is touched.
	clitest.Files(t, home, map[string]string{"control/me": "other.example.org\n"})
	var d done
	if r := call(t, home, "", append(options, "--json")...); r.Code != 0 || json.Unmarshal([]byte(r.Stdout), &d) != nil || len(d.Made) != 0 || d.Home != home {
		t.Errorf("%+v", r)
	}
	if got := clitest.Read(t, filepath.Join(home, "control/me")); got != "other.example.org\n" {
		t.Errorf("control/me is %q", got)
	}
	// What is missing is made; what there is is known.
	for _, name := range []string{"control/locals", "alias/.qmail-root"} {
		if err := os.Remove(filepath.Join(home, name)); err != nil {
			t.Fatal(err)
		}
	}
	if r := call(t, home, ""); r.Code != 0 || strings.Count(r.Stdout, "\nfile ")+strings.Count(r.Stdout, "file ") < 2 {
		t.Errorf("%+v", r)
	}
	if got := clitest.Read(t, filepath.Join(home, "control/locals")); got != "localhost\nother.example.org\n" {
		t.Errorf("control/locals is %q", got)
	}
}

// What cannot be found out is asked, and without an answer the option is named.
func TestAsked(t *testing.T) {
	home, from := world(t)
	args := []string{"--host", "mx.example.org", "--from", from, "--dry-run"}
	if os.Geteuid() != 0 {
		if r := call(t, home, "", args...); r.Code != 0 || r.Stderr != "" {
			t.Errorf("%+v", r)
		}
		return
	}
	if r := call(t, home, "\njoe\n", args...); r.Code != 0 || !strings.Contains(r.Stdout, ".qmail-postmaster: &joe\n") || strings.Count(r.Stderr, "Who reads") != 2 {
		t.Errorf("%+v", r)
	}
	if r := call(t, home, "", args...); r.Code != 100 || !strings.Contains(r.Stderr, "say --postmaster") {
		t.Errorf("%+v", r)
	}
}

func TestRefused(t *testing.T) {
	home, from := world(t)
	for _, args := range [][]string{
		{"--host", "mx"}, {"--host", "a b.example"}, {"--host", "joe@example.org"}, {"--host", "mx.example.org", "--domain", "example"},
		{"--host", "mx.example.org", "--postmaster", "a b"}, {"--host", "mx.example.org", "--delivery", "a\nb"}, {"word"},
	} {
		if r := call(t, home, "", append([]string{"--from", from, "--postmaster", "joe"}, args...)...); r.Code != 100 {
			t.Errorf("%q: %+v", args, r)
		}
	}
	if _, err := os.Stat(home); !os.IsNotExist(err) {
		t.Error(err)
	}
}

type ptr struct{}

func (ptr) PTR(netip.Addr) (string, error) { return "", errors.New("no answer") }

func TestNoName(t *testing.T) {
	if name := byAddress(ptr{}); name != "" {
		t.Errorf("%q", name)
	}
}
