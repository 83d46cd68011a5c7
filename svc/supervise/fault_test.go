package main

import (
	"os"
	"os/exec"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
	"qmailkit/svc"
)

// Wherever supervise is killed, and whatever fails, the next one takes the
// service over. One that cannot take possession of it says so and has not
// started it; any other goes on to the end.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many processes")
	}
	program := t.TempDir() + "/supervise"
	killtest.Build(t, program, "/var/qmail")
	var dir string
	var fifo *os.File
	command := func() *exec.Cmd {
		dir = killtest.Dir(t)
		clitest.Files(t, dir, map[string]string{"x/down": "", "x/supervise/": ""})
		control := dir + "/x/supervise" + svc.Control
		if err := syscall.Mkfifo(control, 0o600); err != nil {
			t.Fatal(err)
		}
		var err error
		if fifo, err = os.OpenFile(control, os.O_RDWR, 0); err != nil {
			t.Fatal(err)
		}
		fifo.WriteString("pchqox") // there is no program to be started
		c := exec.Command(program, "x")
		c.Dir = dir
		return c
	}
	for _, c := range []struct {
		fault string
		calls []string
	}{
		{killtest.Kill, []string{"openat", "flock", "mknodat", "fchmod", "write", "renameat", "pipe2", "wait4", "newfstatat", "kill"}},
		{killtest.Fail("ENOSPC"), []string{"openat", "mknodat", "write", "renameat"}},
		{killtest.Fail("EMFILE"), []string{"openat"}},
		{killtest.Fail("EIO"), []string{"fchmod", "write", "renameat", "flock", "newfstatat"}},
	} {
		killtest.Walk(t, c.fault, c.calls, command, func(at killtest.Point, err error) {
			fifo.Close() // with what was not read
			code := killtest.Code(err)
			if code != 0 && code != 111 && (code != -1 || c.fault != killtest.Kill) {
				t.Errorf("%s at %s: exit %d", c.fault, at, code)
			}
			if status, _, _, err := svc.ReadStatus(dir + "/x/supervise" + svc.Current); err == svc.ErrStatus {
				t.Errorf("%s at %s: status %+v", c.fault, at, status)
			}
			os.Remove(dir + "/x/down")
			clitest.Script(t, dir+"/x/run", "echo >ran; printf dx >supervise/control")
			got := clitest.Run(t, "supervise", Run, clitest.World{Args: []string{"x"}, Dir: dir})
			if got != (clitest.Result{}) || clitest.Read(t, dir+"/x/ran") != "\n" {
				t.Errorf("after %s at %s: %+v", c.fault, at, got)
			}
		})
	}
}
