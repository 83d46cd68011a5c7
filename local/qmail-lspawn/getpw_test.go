package main

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/ids"
	"qmailkit/internal/resident"
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
	p.Dir = home
	s = &spawner{proc: p, home: ids.Of(home), asker: uint32(owner()), nofiles: uint32(os.Getgid())}
	s.getpw = resident.Pool{Quick: quickGetpw, Limit: maxAnswer}
	t.Cleanup(s.getpw.Close)
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

// A qmail-getpw that has stayed answers, and one whose program was replaced or
// that was killed does not.
func TestManyQuestions(t *testing.T) {
	s, home := newSpawner(t)
	for _, box := range []string{"no.one", "no.two", "", strings.Repeat("x", 40<<10)} {
		check(t, s, box)
	}
	later := time.Now().Add(time.Hour)
	if err := os.Chtimes(home+"/bin/qmail-getpw", later, later); err != nil {
		t.Fatal(err)
	}
	check(t, s, "another.program")
	clitest.Script(t, home+"/bin/other", "exit 116")
	if err := os.Rename(home+"/bin/other", home+"/bin/qmail-getpw"); err != nil {
		t.Fatal(err)
	}
	if _, code := s.ask("x"); code != users.CodeNoAlias {
		t.Errorf("the old program was asked: %d", code)
	}
}

// A program that stands in qmail-getpw's place is run for each address.
func TestWrapperIsAskedEachTime(t *testing.T) {
	s, home := newSpawner(t)
	if err := os.Rename(home+"/bin/qmail-getpw", home+"/bin/real"); err != nil {
		t.Fatal(err)
	}
	clitest.Script(t, home+"/bin/qmail-getpw", fmt.Sprintf(
		`echo x >>%s/asked; case $1 in special) printf 'joe\000%d\000100\000/h\000\000\000';; *) exec %s/bin/real "$@";; esac`, home, owner(), home))
	if err := os.Chown(home, owner(), -1); err != nil {
		t.Fatal(err)
	}
	check(t, s, "no.one")
	check(t, s, "no.two")
	answer, code := s.ask("special")
	if a, err := users.ParseAssignment(answer); code != 0 || err != nil || a.User != "joe" {
		t.Errorf("%d %+v %v", code, a, err)
	}
	if asked := clitest.Read(t, home+"/asked"); asked != "x\nx\nx\n" {
		t.Errorf("it was run %d times", len(asked)/2)
	}
}

func TestManyAtOnce(t *testing.T) {
	s, _ := newSpawner(t)
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() { check(t, s, fmt.Sprint("no.", i)) })
	}
	group.Wait()
}
