package main

import (
	"os"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	dir := t.TempDir()
	run := func(input string, args ...string) clitest.Result {
		t.Helper()
		return clitest.Run(t, "ofmipname", Run, clitest.World{Args: args, Input: input, Dir: dir})
	}
	r := run("# c:x:y:\njoe@a:Joe B:joe@b.c:rest\n\nno:colons\nAnn@a::ann@b:\nnul:\x00:x:\nlast:x:y:", "cdb", "tmp")
	if r.Code != 0 || r.Stdout+r.Stderr != "" {
		t.Fatalf("%+v", r)
	}
	table, err := cdb.Open(dir + "/cdb")
	if err != nil {
		t.Fatal(err)
	}
	defer table.Close()
	for key, want := range map[string]string{"joe@a": "Joe B\x00joe@b.c", "Ann@a": "\x00ann@b", "last": "x\x00y", "# c": "", "no": "", "nul": "", "ann@a": ""} {
		if data, ok, err := table.Find([]byte(key)); string(data) != want || ok != (want != "") || err != nil {
			t.Errorf("%s: %q %v %v", key, data, ok, err)
		}
	}
	if _, err := os.Stat(dir + "/tmp"); err == nil {
		t.Error("the temporary file is still there")
	}
	if r := run("", "cdb"); r.Code != 100 || r.Stderr != "ofmipname: usage: ofmipname cdb tmp\n" {
		t.Errorf("%+v", r)
	}
	if r := run("", "cdb", "none/tmp"); r.Code != 111 || r.Stderr != "ofmipname: fatal: unable to create none/tmp: file does not exist\n" {
		t.Errorf("%+v", r)
	}
	if r := run("", "none/cdb", "tmp"); r.Code != 111 || r.Stderr != "ofmipname: fatal: unable to move tmp to none/cdb: file does not exist\n" {
		t.Errorf("%+v", r)
	}
}

func FuzzInstruction(f *testing.F) {
	f.Add([]byte("joe@a:Joe:joe@b:\n"))
	f.Add([]byte("#:::"))
	f.Fuzz(func(t *testing.T, line []byte) {
		if key, data, ok := instruction(line); ok && len(key)+len(data) >= len(line) {
			t.Errorf("%q became %q %q", line, key, data)
		}
	})
}
