package main

import (
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
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
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("strace is needed: ", err)
	}
	if exec.Command(strace, "-o", os.DevNull, "true").Run() != nil {
		t.Skip("strace may not trace here")
	}
	// strace counts each of these calls for itself.
	for _, call := range []string{"write", "fsync", "rename,renameat,renameat2", "unlink,unlinkat"} {
		for _, fault := range []string{"signal=KILL", "error=ENOSPC", "error=EIO"} {
			reached := true
			for n := 1; reached; n++ {
				if n > 100 {
					t.Fatalf("%s %s: still at it", call, fault)
				}
				reached = runWithFault(t, strace, call, fault+":when="+strconv.Itoa(n))
			}
		}
	}
}

// runWithFault tells whether the fault came about: whether there were so many
// calls.
func runWithFault(t *testing.T, strace, calls, inject string) bool {
	t.Helper()
	// A message of more than one write.
	texts := []string{"Subject: 1\n\none\n", "Subject: 2\n\n" + strings.Repeat("two\n", 50_000), "Subject: 3\n\nthree\n"}
	w := world(t, []string{"new/a", "new/b", "cur/c:2,S"}, texts...)
	clitest.Files(t, w.Dir, map[string]string{"mbox": "From old\n\nold\n\n"})
	trace := w.Dir + "/trace"
	run := exec.Command(strace, "-f", "-o", trace, "-e", "trace="+calls, "-e", "inject="+calls+":"+inject, os.Args[0])
	run.Env = append(w.Env, asProgram+"=1")
	out, err := run.CombinedOutput()
	mbox := clitest.Read(t, w.Dir+"/mbox")
	if !strings.HasPrefix(mbox, "From old\n\nold\n\n") {
		t.Errorf("%s: %s: the old mail is gone", calls, inject)
	}
	remaining := ""
	for _, name := range left(t, w) {
		remaining += clitest.Read(t, name) + "\x00"
	}
	for i, text := range texts {
		if !strings.Contains(mbox, "\n"+text+"\n") && !strings.Contains(remaining, text+"\x00") {
			t.Errorf("%s: %s: message %d is lost (%v: %s)", calls, inject, i+1, err, out)
		}
	}
	record := clitest.Read(t, trace)
	return strings.Contains(record, "(INJECTED)") || strings.Contains(record, "killed by SIGKILL")
}
