package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/ids"
	"qmailkit/internal/users"
)

// newSpawner makes a spawner with the real qmail-getpw.
func newSpawner(t *testing.T) (s *spawner, home string) {
	t.Helper()
	home = newHome(t, "")
	build := exec.Command("go", "build", "-ldflags", "-X qmailkit/internal/home.dir="+home, "-o", home+"/bin/qmail-getpw", "../qmail-getpw")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	p, _ := clitest.Proc(t, "qmail-lspawn", clitest.World{Home: home})
	s = &spawner{proc: p, home: ids.Of(home), asker: uint32(owner()), nofiles: uint32(os.Getgid())}
	t.Cleanup(s.helpers.end)
	return s, home
}

// check asks for box, which is alias's.
func check(t *testing.T, s *spawner, box string) {
	t.Helper()
	answer, code := s.ask(box)
	a, err := users.ParseAssignment(answer)
	if code != 0 || err != nil || a.User != "alias" || a.Ext != box {
		t.Errorf("%.50s: %d %+v %v", box, code, a, err)
	}
}

func pid(s *spawner) int {
	if len(s.helpers.idle) != 1 {
		return 0
	}
	return s.helpers.idle[0].process.proc.Pid
}

func TestOneProcessManyQuestions(t *testing.T) {
	s, home := newSpawner(t)
	check(t, s, "no.one")
	first := pid(s)
	check(t, s, "no.two")
	check(t, s, "")
	if first == 0 || pid(s) != first {
		t.Errorf("process %d, then %d", first, pid(s))
	}
	check(t, s, strings.Repeat("x", 2*users.MaxGetpwBox))

	if err := s.helpers.idle[0].process.proc.Kill(); err != nil {
		t.Fatal(err)
	}
	check(t, s, "after.a.kill")

	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(home+"/bin/qmail-getpw", later, later); err != nil {
		t.Fatal(err)
	}
	before := pid(s)
	check(t, s, "another.program")
	if pid(s) == before {
		t.Error("the old program was asked")
	}
}

// A program that stands in qmail-getpw's place is run for each address.
func TestWrapperIsAskedEachTime(t *testing.T) {
	s, home := newSpawner(t)
	if err := os.Rename(home+"/bin/qmail-getpw", home+"/bin/real"); err != nil {
		t.Fatal(err)
	}
	clitest.Script(t, home+"/bin/qmail-getpw", fmt.Sprintf(
		`case $1 in special) printf 'joe\000%d\000100\000/h\000\000\000';; *) exec %s/bin/real "$@";; esac`, owner(), home))
	check(t, s, "no.one")
	check(t, s, "no.two")
	answer, code := s.ask("special")
	if a, err := users.ParseAssignment(answer); code != 0 || err != nil || a.User != "joe" {
		t.Errorf("%d %+v %v", code, a, err)
	}
	if len(s.helpers.idle) != 0 {
		t.Error("it was kept")
	}
}

func TestManyAtOnce(t *testing.T) {
	s, _ := newSpawner(t)
	done := make(chan bool)
	for i := range 12 {
		go func() { check(t, s, fmt.Sprint("no.", i)); done <- true }()
	}
	for range 12 {
		<-done
	}
	if n := len(s.helpers.idle); n == 0 || n > maxIdle {
		t.Errorf("%d are kept", n)
	}
}
