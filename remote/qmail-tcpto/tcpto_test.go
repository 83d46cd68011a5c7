package main

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	now := time.Unix(1_800_000_000, 0)
	home := t.TempDir()
	run := func() clitest.Result {
		t.Helper()
		return clitest.Run(t, "qmail-tcpto", Run, clitest.World{Home: home, Now: now})
	}
	if r := run(); r.Code != 111 || r.Stdout != "fatal: unable to chdir: file does not exist\n" {
		t.Errorf("%+v", r)
	}
	clitest.Files(t, home, map[string]string{"queue/lock/": ""})
	if r := run(); r.Code != 111 || r.Stdout != "fatal: unable to open tcpto: file does not exist\n" {
		t.Errorf("%+v", r)
	}
	table := make([]byte, 1024)
	copy(table, []byte{10, 0, 0, 1, 1, 0, 0, 0, 0xfb, 0xd1, 0x49, 0x6b})
	copy(table[32:], []byte{10, 0, 0, 2, 10, 0, 0, 0, 0x05, 0xd2, 0x49, 0x6b})
	if err := os.WriteFile(filepath.Join(home, "queue/lock/tcpto"), table, 0o644); err != nil {
		t.Fatal(err)
	}
	want := "10.0.0.1 timed out 5 seconds ago; # recent timeouts: 1\n10.0.0.2 timed out -5 seconds ago; # recent timeouts: 10\n"
	if r := run(); r.Code != 0 || r.Stdout != want || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
}
