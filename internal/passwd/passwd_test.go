package passwd

import (
	"os"
	"path/filepath"
	"testing"
)

func file(t *testing.T, text string) string {
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestLookupFile(t *testing.T) {
	f := file(t, "# c\n\njoe:x:1001:100:Joe,,,:/home/joe:/bin/sh\nbad:x:y:1::/:\njo:*:7:8:class:0:0:Jo:/jo:/bin/csh\nshort:x:1\nno home:x:1:2:\n+plus:x:1:2::/:\n-minus:x:1:2::/:\nno shell:x:3:4::/h\n \tindented:x:5:6::/i:\neight:x:7:8::/e:sh:x\nnine:x:7:8::/n:sh:x:y\nlast:x:4294967295:2::/:")
	for _, want := range []User{
		{"joe", 1001, 100, "Joe,,,", "/home/joe", "/bin/sh"},
		{"jo", 7, 8, "Jo", "/jo", "/bin/csh"},
		{"no shell", 3, 4, "", "/h", ""},
		{"indented", 5, 6, "", "/i", ""},
		{"eight", 7, 8, "", "/e", "sh"},
		{"nine", 7, 8, "", "/n", "sh"},
		{"last", 4294967295, 2, "", "/", ""},
	} {
		if got, ok, err := LookupFile(f, want.Name); got != want || !ok || err != nil {
			t.Errorf("%s: %+v %v %v", want.Name, got, ok, err)
		}
	}
	for _, name := range []string{"", "bad", "short", "no home", "+plus", "plus", "-minus", " \tindented", "none", "# c", "joe:x"} {
		if u, ok, err := LookupFile(f, name); ok || err != nil {
			t.Errorf("%q: %+v %v", name, u, err)
		}
	}
	if _, ok, err := LookupFile(f+"none", "joe"); ok || err != nil {
		t.Errorf("no file: %v %v", ok, err)
	}
}

func TestLookupAllFile(t *testing.T) {
	f := file(t, "a:x:1:1::/:\nb:x:y:1::/:\nb:x:2:1::/:\na:x:3:1::/:\nlong:x:4:1::/:\n")
	users, err := LookupAllFile(f, []string{"b", "none", "a", "lon", "a"})
	if err != nil || len(users) != 5 {
		t.Fatalf("%v %v", users, err)
	}
	for i, want := range []User{{Name: "b", UID: 2}, {}, {Name: "a", UID: 1}, {}, {Name: "a", UID: 1}} {
		if users[i].Name != want.Name || users[i].UID != want.UID {
			t.Errorf("%d: %+v, want %+v", i, users[i], want)
		}
	}
}

func TestGroups(t *testing.T) {
	f := file(t, "root:x:0:\nqmail:x:64:a,b\nother:x:65:b\nodd:x:z:b\n")
	if gid, ok, err := GroupID(f, "qmail"); gid != 64 || !ok || err != nil {
		t.Errorf("%d %v %v", gid, ok, err)
	}
	if _, ok, _ := GroupID(f, "odd"); ok {
		t.Error("a group without a number")
	}
	if gids, err := Member(f, "b"); len(gids) != 2 || gids[0] != 64 || gids[1] != 65 || err != nil {
		t.Errorf("%v %v", gids, err)
	}
}

func FuzzParseUser(f *testing.F) {
	f.Add("joe:x:1001:100:Joe:/home/joe:/bin/sh")
	f.Add("a:b:1:2:c:0:0:d:e:f")
	f.Fuzz(func(t *testing.T, line string) {
		if u, ok := ParseUser(line); ok && u.Name == "" {
			t.Errorf("%q has no name", line)
		}
	})
}
