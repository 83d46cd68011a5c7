package cmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"syscall"
	"testing"
)

func TestOutcome(t *testing.T) {
	p := &Proc{Name: "forward"}
	plain := errors.New("no room")
	for _, c := range []struct {
		err  error
		code int
		text string
	}{
		{nil, 0, ""},
		{plain, 111, "forward: fatal: no room\n"},
		{&Permanent{plain}, 100, "forward: fatal: no room\n"},
		{fmt.Errorf("mbox: %w", &Permanent{plain}), 100, "forward: fatal: mbox: no room\n"},
		{&Temporary{&Permanent{plain}}, 111, "forward: fatal: no room\n"},
		{Silent(99), 99, ""},
		{Say(0, "forward: qp 7"), 0, "forward: qp 7\n"},
		{p.Usage("forward to"), 100, "forward: usage: forward to\n"},
		{p.Misuse("forward: illegal option -- x", "forward to"), 100, "forward: illegal option -- x\nforward: usage: forward to\n"},
		{p.Fatal(100, "SENDER not set"), 100, "forward: fatal: SENDER not set\n"},
		{p.FatalSys(111, "unable to mkdir md", &fs.PathError{Op: "mkdir", Path: "md", Err: syscall.EEXIST}), 111,
			"forward: fatal: unable to mkdir md: file already exists\n"},
		{fmt.Errorf("around: %w", Silent(52)), 52, ""},
	} {
		if code, text := Outcome("forward", c.err); code != c.code || text != c.text {
			t.Errorf("%v: %d %q, want %d %q", c.err, code, text, c.code, c.text)
		}
	}
}

// An exit code stands also where nobody is left to read why.
func TestEndToNobody(t *testing.T) {
	if os.Getenv("END_TO_NOBODY") != "" {
		Main("forward", func(p *Proc) error { return p.Fatal(ExitPermanent, "SENDER not set") })
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	child := exec.Command(os.Args[0], "-test.run=^TestEndToNobody$")
	child.Env = append(os.Environ(), "END_TO_NOBODY=1")
	child.Stderr = w
	if err := child.Run(); child.ProcessState.ExitCode() != ExitPermanent {
		t.Error(err)
	}
}

func TestEnvironment(t *testing.T) {
	p := &Proc{Env: []string{"A=1", "AB=2", "A=3", "EMPTY="}}
	if got := p.Getenv("A"); got != "1" {
		t.Errorf("of two values the first counts, got %q", got)
	}
	if _, ok := p.LookupEnv("EMPTY"); !ok {
		t.Error("an empty value is set")
	}
	if _, ok := p.LookupEnv("B"); ok {
		t.Error("B is not set")
	}
	p.Setenv("A", "4")
	if got := fmt.Sprint(p.Env); got != "[AB=2 EMPTY= A=4]" {
		t.Errorf("Setenv leaves %s", got)
	}
	p.Unsetenv("A")
	if got := fmt.Sprint(p.Env); got != "[AB=2 EMPTY=]" {
		t.Errorf("Unsetenv leaves %s", got)
	}
}

func TestPath(t *testing.T) {
	p := &Proc{Dir: "/w", Home: "/var/qmail"}
	for got, want := range map[string]string{
		p.Path("x"): "/w/x", p.Path("/x"): "/x", (&Proc{}).Path("x"): "x",
		p.InHome("queue", "lock"): "/var/qmail/queue/lock",
	} {
		if got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
