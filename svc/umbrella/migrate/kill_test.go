package migrate

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/killtest"
	"qmailkit/svc/umbrella/layout"
)

// place is a home whose programs are texts, and a folder with others.
type place struct {
	t          *testing.T
	home, from string
}

func newPlace(t *testing.T) *place {
	dir := killtest.Dir(t)
	p := &place{t, filepath.Join(dir, "home"), filepath.Join(dir, "from")}
	p.reset()
	return p
}

func (p *place) must(errs ...error) {
	p.t.Helper()
	for _, err := range errs {
		if err != nil {
			p.t.Fatal(err)
		}
	}
}

// oldOnes are the programs that are there before; some are one file in from.
func oldOnes() []string {
	return []string{"qmail-send", "qmail-queue", "qmail-local", "sendmail", "foreign"}
}

func (p *place) reset() {
	p.t.Helper()
	p.must(os.RemoveAll(p.home), os.RemoveAll(p.from))
	files := map[string]string{"queue/mess/0/": "", "queue/lock/": "", "control/me": "me.example\n", "control/badmailfrom": "@bad.example\n"}
	for _, name := range oldOnes() {
		files["bin/"+name] = "old " + name
	}
	files["bin/qmail-smtpd"] = "VALIDRCPTTO_CDB" // of the jms1 patch
	clitest.Files(p.t, p.home, files)
	for i, name := range append(oldOnes(), "qmail-smtpd") {
		p.must(os.Chmod(filepath.Join(p.home, "bin", name), os.FileMode(0o700+i)))
	}
	p.must(os.Chmod(filepath.Join(p.home, "bin/qmail-queue"), 0o711|os.ModeSetuid))
	ours := map[string]string{}
	for _, name := range append(layout.Needed(), "qmail-smtpd") {
		ours[name] = "new " + name + " for " + p.home
	}
	delete(ours, "sendmail")
	clitest.Files(p.t, p.from, ours)
	p.must(os.Link(filepath.Join(p.from, "qmail-inject"), filepath.Join(p.from, "sendmail")))
	if os.Geteuid() == 0 {
		p.must(filepath.WalkDir(p.home, func(path string, d os.DirEntry, err error) error {
			fi, serr := os.Stat(path)
			p.must(err, serr, os.Lchown(path, 54321, 54321), os.Chmod(path, fi.Mode()))
			return nil
		}))
	}
	for name := range ours {
		p.must(os.Chmod(filepath.Join(p.from, name), 0o755))
	}
	p.must(os.Chmod(filepath.Join(p.from, "sendmail"), 0o755))
}

// listing is all of the home: names, modes, inodes of files and their text.
func (p *place) listing() string {
	p.t.Helper()
	var b strings.Builder
	p.must(filepath.WalkDir(p.home, func(path string, d os.DirEntry, err error) error {
		fi, serr := os.Lstat(path)
		p.must(err, serr)
		m, _ := markOf(path)
		text := ""
		if fi.Mode().IsRegular() {
			data, err := os.ReadFile(path)
			p.must(err)
			text = string(data)
		}
		fmt.Fprintf(&b, "%s %v %d %q\n", path, fi.Mode(), m.inode, text)
		return nil
	}))
	return b.String()
}

// whole tells what a program that must be there is: old or new, never less.
func (p *place) whole(what string) {
	p.t.Helper()
	for _, name := range append(oldOnes(), "qmail-smtpd") {
		path := filepath.Join(p.home, "bin", name)
		data, err := os.ReadFile(path)
		fi, serr := os.Stat(path)
		text := string(data)
		if err != nil || serr != nil || text != "old "+name && text != "VALIDRCPTTO_CDB" && !strings.HasPrefix(text, "new ") {
			p.t.Errorf("%s: %s is %q, %v", what, name, text, err)
			continue
		}
		if setuid := fi.Mode()&os.ModeSetuid != 0; setuid != (name == "qmail-queue") {
			p.t.Errorf("%s: %s has mode %v", what, name, fi.Mode())
		}
	}
}

func (p *place) world() World {
	return World{Proc: &cmd.Proc{Name: "qmail", Home: p.home}, From: p.from}
}

func (p *place) forth() {
	p.t.Helper()
	s, err := Look(p.world())
	p.must(err, Switch(p.world(), s, func(Item) {}))
	for _, name := range layout.Needed() {
		data, err := os.ReadFile(filepath.Join(p.home, "bin", name))
		if err != nil || !strings.HasPrefix(string(data), "new ") {
			p.t.Errorf("%s is %q, %v", name, data, err)
		}
	}
	data, err := os.ReadFile(filepath.Join(p.home, "control/dialect"))
	if err != nil || string(data) != "jms1\n" {
		p.t.Errorf("control/dialect is %q, %v", data, err)
	}
}

func (p *place) back(what, before string) {
	p.t.Helper()
	left, err := Back(p.world(), func(Item) {})
	if err != nil || len(left) > 0 {
		p.t.Errorf("%s: left %q, %v", what, left, err)
	}
	if after := p.listing(); after != before {
		p.t.Errorf("%s: before\n%safter\n%s", what, before, after)
	}
}

// changing are the system calls that change something in a folder. To be killed
// before one that only waits for the disk leaves the same.
func changing() []string {
	return []string{"linkat", "renameat", "renameat2", "unlinkat", "mkdirat", "fchmod"}
}

// A switch that is killed anywhere leaves each program old or new; it can be
// gone on with, and taken back.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	p := newPlace(t)
	program := filepath.Join(filepath.Dir(p.home), "qmail")
	killtest.BuildFor(t, filepath.Dir(p.home), p.home, "../../qmail")
	before := p.listing()
	command := func(args ...string) func() *exec.Cmd {
		return func() *exec.Cmd { return exec.Command(program, append([]string{"migrate", "--yes"}, args...)...) }
	}
	killed := 0
	killtest.Walk(t, killtest.Kill, changing(), command("--from", p.from), func(at killtest.Point, err error) {
		what := "switch, killed at " + at.String()
		p.whole(what)
		if err != nil {
			killed++
		}
		if killed%2 == 0 { // half of them are gone on with
			p.forth()
		}
		if j, _ := readJournal(filepath.Join(p.home, folder)); j != nil {
			p.back(what, before)
		} else { // killed before anything was written down
			p.must(os.RemoveAll(filepath.Join(p.home, folder)))
			if after := p.listing(); after != before {
				t.Errorf("%s: before\n%safter\n%s", what, before, after)
			}
		}
		p.reset()
		before = p.listing()
	})
	if killed < 20 {
		t.Errorf("killed %d times: nothing was tested", killed)
	}
	p.reset()
	before = p.listing()
	p.forth()
	killed = 0
	killtest.Walk(t, killtest.Kill, changing(), command("--back"), func(at killtest.Point, err error) {
		what := "back, killed at " + at.String()
		p.whole(what)
		if err != nil {
			killed++
		}
		if j, _ := readJournal(filepath.Join(p.home, folder)); j != nil {
			p.back(what, before)
		} else {
			os.RemoveAll(filepath.Join(p.home, folder)) // the journal is the last but one to go
			if after := p.listing(); after != before {
				t.Errorf("%s: before\n%safter\n%s", what, before, after)
			}
		}
		p.reset()
		before = p.listing()
		p.forth()
	})
	if killed < 10 {
		t.Errorf("killed %d times on the way back: nothing was tested", killed)
	}
}

// What somebody has changed since is not put back.
func TestChangedSince(t *testing.T) {
	p := newPlace(t)
	p.forth()
	p.must(os.Remove(filepath.Join(p.home, "bin/qmail-local")), os.WriteFile(filepath.Join(p.home, "bin/qmail-local"), []byte("third"), 0o755))
	left, err := Back(p.world(), func(Item) {})
	if err != nil || len(left) != 1 || left[0] != "qmail-local" {
		t.Fatalf("left %q, %v", left, err)
	}
	for name, want := range map[string]string{"bin/qmail-local": "third", "bin/qmail-send": "old qmail-send", "migrate/old/qmail-local": "old qmail-local"} {
		if got := clitest.Read(t, filepath.Join(p.home, name)); got != want {
			t.Errorf("%s is %q", name, got)
		}
	}
	if _, err := os.Stat(filepath.Join(p.home, "control/dialect")); !os.IsNotExist(err) {
		t.Error(err)
	}
}

// There is no way back where nobody has gone.
func TestNothingToUndo(t *testing.T) {
	p := newPlace(t)
	if _, err := Back(p.world(), func(Item) {}); err != errNothing {
		t.Error(err)
	}
}
