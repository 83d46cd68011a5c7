package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/internal/passwd"
	"qmailkit/internal/users"
)

// The test's own user owns home; its uid may be 0, which never takes mail, so
// that users of the tests have another and own the folder by pretence.
func newFinder(t testing.TB, users ...passwd.User) finder {
	t.Helper()
	return finder{own: &ids.Home{}, lookup: func(name string) (passwd.User, bool, error) {
		for _, u := range users {
			if u.Name == name {
				return u, true, nil
			}
		}
		if name == "broken" {
			return passwd.User{}, false, errors.New("no answer")
		}
		return passwd.User{}, false, nil
	}}
}

// ownDir makes a folder that belongs to uid.
func ownDir(t testing.TB, uid int) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Chown(dir, uid, -1); err != nil {
		t.Fatal(err)
	}
	return dir
}

// mailUID is an id that takes mail and whose folders the test can make.
func mailUID() int {
	if uid := os.Getuid(); uid != 0 {
		return uid
	}
	return 54321
}

func TestFind(t *testing.T) {
	uid := mailUID()
	dir := ownDir(t, uid)
	user := func(name string) passwd.User { return passwd.User{Name: name, UID: uint32(uid), GID: 7, Dir: dir} }
	root, other, homeless := user("root"), user("other"), user("homeless")
	root.UID, other.UID, homeless.Dir = 0, uint32(uid)+1, filepath.Join(dir, "absent")
	alias := passwd.User{Name: "alias", UID: 9, GID: 9, Dir: "/alias"}
	f := newFinder(t, user("joe"), user("joe-list"), user(strings.Repeat("x", 31)), user(strings.Repeat("y", 32)), root, other, homeless, alias)
	for box, want := range map[string]string{
		"joe":                         "joe  ",
		"JOE":                         "joe  ",
		"joe-":                        "joe - ",
		"Joe-A-b":                     "joe - A-b",
		"joe-list":                    "joe-list  ",
		"joe-list-x":                  "joe-list - x",
		"joe.x":                       "alias - joe.x",
		"":                            "alias - ",
		"-joe":                        "alias - -joe",
		"root":                        "alias - root",
		"other-x":                     "alias - other-x",
		"homeless":                    "alias - homeless",
		"alias":                       "alias - alias",
		strings.Repeat("x", 31) + "-": strings.Repeat("x", 31) + " - ",
		strings.Repeat("y", 32):       "alias - " + strings.Repeat("y", 32),
	} {
		a, err := f.find(box, "/nowhere")
		if got := a.User + " " + a.Dash + " " + a.Ext; got != want || err != nil {
			t.Errorf("%q: %q %v", box, got, err)
		}
	}
	if a, err := f.find("joe-x", ""); a != (users.Assignment{User: "joe", UID: uint32(uid), GID: 7, Home: dir, Dash: "-", Ext: "x"}) {
		t.Errorf("%+v %v", a, err)
	}
}

func TestFailures(t *testing.T) {
	for box, want := range map[string]int{"broken": users.CodeSystem, "broken-x": users.CodeSystem, "nobody": users.CodeNoAlias} {
		_, err := newFinder(t).find(box, "")
		if code, text := cmd.Outcome("qmail-getpw", err); code != want || text != "" {
			t.Errorf("%s: %d %q", box, code, text)
		}
	}
}

// In a home that is one user's, alias is that user.
func TestSingleUserHome(t *testing.T) {
	uid := mailUID()
	home := ownDir(t, uid)
	clitest.Files(t, home, map[string]string{"queue/": ""})
	if err := os.Chown(filepath.Join(home, "queue"), uid, -1); err != nil {
		t.Fatal(err)
	}
	f := newFinder(t)
	f.own = ids.Of(home)
	a, err := f.find("any-body", home+"/alias")
	if err != nil || a.User != "alias" || a.UID != uint32(uid) || a.Home != home+"/alias" || a.Dash != "-" || a.Ext != "any-body" {
		t.Errorf("%+v %v", a, err)
	}
}

func TestRun(t *testing.T) {
	if got := clitest.Run(t, "qmail-getpw", Run, clitest.World{}); got != (clitest.Result{Code: 100}) {
		t.Errorf("%+v", got)
	}
	home := ownDir(t, mailUID())
	clitest.Files(t, home, map[string]string{"queue/": ""})
	os.Chown(filepath.Join(home, "queue"), mailUID(), -1)
	got := clitest.Run(t, "qmail-getpw", Run, clitest.World{Args: []string{"no.such.user"}, Home: home, Stdout: clitest.Full(t)})
	if got.Code != 111 || got.Stderr != "qmail-getpw: fatal: unable to write output: out of disk space\n" {
		t.Errorf("%+v", got)
	}
}

// Whatever the address, the extension is what is left of it.
func FuzzFind(f *testing.F) {
	f.Add("joe-x")
	f.Add("-")
	f.Add("JOE--\xff\x00")
	uid := mailUID()
	dir := ownDir(f, uid)
	find := newFinder(f, passwd.User{Name: "joe", UID: uint32(uid), Dir: dir}, passwd.User{Name: "alias", UID: 9, Dir: "/"})
	f.Fuzz(func(t *testing.T, box string) {
		a, err := find.find(box, "")
		if err != nil {
			if strings.HasPrefix(strings.ToLower(box), "broken") {
				return
			}
			t.Fatal(err)
		}
		whole := a.Ext
		if a.User == "joe" {
			whole = box[:3] + a.Dash + a.Ext
		}
		if whole != box {
			t.Fatalf("%q became %+v", box, a)
		}
	})
}
