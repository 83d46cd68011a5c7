package main

import (
	"os"
	"path/filepath"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
)

func TestUsers(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"users/passwd": "# name:hash\nJoe:$6$x$Y:1001:1002:Joe Doe:/home/joe:/bin/sh\n"})
	if r := clitest.Run(t, "qmail-newpasswd", Run, clitest.World{Home: home}); r.Code != 0 || r.Stderr != "" {
		t.Fatalf("%+v", r)
	}
	path := filepath.Join(home, "users/passwd.cdb")
	table, err := cdb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	if data, ok, err := table.Find([]byte("Joe")); string(data) != "$6$x$Y:1001:1002:Joe Doe:/home/joe:/bin/sh" || !ok || err != nil {
		t.Errorf("%q %v %v", data, ok, err)
	}
	if fi, err := os.Stat(path); err != nil || fi.Mode().Perm() != mode {
		t.Error(fi.Mode(), err)
	}
}

func TestLines(t *testing.T) {
	for _, line := range []string{"joe", "joe:x:1:2:Joe:/home/joe", "joe:x:a:2:Joe:/home/joe:/bin/sh", ":x:1:2:Joe:/home/joe:/bin/sh", "joe:x:1:2:Joe:home:/bin/sh"} {
		home := t.TempDir()
		clitest.Files(t, home, map[string]string{"users/passwd": "\n" + line + "\n", "users/passwd.cdb": "old"})
		r := clitest.Run(t, "qmail-newpasswd", Run, clitest.World{Home: home})
		if r.Code != 111 || r.Stderr != "qmail-newpasswd: fatal: users/passwd, line 2: "+errFields.Error()+"\n" || clitest.Read(t, home+"/users/passwd.cdb") != "old" {
			t.Errorf("%s: %+v", line, r)
		}
	}
}
