package main

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/killtest"
)

const asProgram = "MAILDIR2MBOX_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		cmd.Main("maildir2mbox", Run)
	}
	os.Exit(m.Run())
}

// Whichever call is the last or the one that fails: each message is whole in
// the mbox or still in the Maildir, and old mail stays.
func TestFaults(t *testing.T) {
	calls := []string{"write", "fsync", "rename", "renameat", "renameat2", "unlink", "unlinkat"}
	// The second takes more than one write.
	texts := []string{"Subject: 1\n\none\n", "Subject: 2\n\n" + strings.Repeat("two\n", 50_000), "Subject: 3\n\nthree\n"}
	var w clitest.World
	command := func() *exec.Cmd {
		w = world(t, []string{"new/a", "new/b", "cur/c:2,S"}, texts...)
		clitest.Files(t, w.Dir, map[string]string{"mbox": "From old\n\nold\n\n"})
		run := exec.Command(os.Args[0])
		run.Env = append(w.Env, asProgram+"=1")
		return run
	}
	for _, fault := range []string{killtest.Kill, killtest.Fail("ENOSPC")} {
		noticed := false
		killtest.Walk(t, fault, calls, command, func(at killtest.Point, err error) {
			mbox := clitest.Read(t, w.Dir+"/mbox")
			if !strings.HasPrefix(mbox, "From old\n\nold\n\n") {
				t.Errorf("%s at %v: the old mail is gone", fault, at)
			}
			remaining := ""
			for _, name := range left(t, w) {
				remaining += clitest.Read(t, name) + "\x00"
			}
			for i, text := range texts {
				if !strings.Contains(mbox, "\n"+text+"\n") && !strings.Contains(remaining, text+"\x00") {
					t.Errorf("%s at %v: message %d is lost (%v)", fault, at, i+1, err)
				}
			}
			// The call may be on a thread that did not make it this time.
			noticed = noticed || at.Call == "fsync" && killtest.Code(err) != 0
		})
		if !noticed {
			t.Errorf("%s: no fsync that failed was noticed", fault)
		}
	}
}
