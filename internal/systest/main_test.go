// Package systest tests a whole installation from outside: real processes,
// real users, foreign peers, the protocols of the network and of the disk.
//
// Every test starts with an empty queue. As root on Linux each runs on a
// private copy of the home (package testhome), with qmail's own users and, for
// most, once more as a single-user home of joe's. As an ordinary user they run
// on that user's home.
package systest

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"testing"

	"qmailkit/internal/testhome"
)

// insideVar is set where this process has moved into a private world.
const insideVar = "QMAILKIT_SYSTEST_INSIDE"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	defer testhome.Done()
	if os.Getenv(insideVar) == "" && testhome.NoPrivate() == nil {
		return again()
	}
	if private() {
		if err := testhome.Enter(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	return m.Run()
}

func private() bool { return os.Getenv(insideVar) != "" }

// again runs these tests in a child that may mount.
func again() int {
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	cmd := exec.Command(self, os.Args[1:]...)
	cmd.Env = append(os.Environ(), insideVar+"=1")
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = testhome.PrivateAttr()
	err = cmd.Run()
	var failed *exec.ExitError
	if errors.As(err, &failed) {
		return max(failed.ExitCode(), 1)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// needed are the programs without which no message moves.
func needed() []string {
	return []string{"qmail-start", "qmail-send", "qmail-lspawn", "qmail-rspawn", "qmail-clean", "qmail-local",
		"qmail-remote", "qmail-queue", "qmail-inject", "qmail-newu"}
}

// everywhere runs a test with qmail's own users, where this process may, and
// in a single-user home.
func everywhere(t *testing.T, test func(*testing.T, *system)) {
	home := installed(t)
	if os.Geteuid() != 0 {
		t.Run("single", func(t *testing.T) { test(t, onHome(t, home)) })
		return
	}
	t.Run("users", func(t *testing.T) { test(t, withUsers(t, home, testhome.Copy{})) })
	t.Run("single", func(t *testing.T) {
		if _, err := os.Stat(home + "/doc/INSTALL.md"); err == nil {
			t.Skip("a home of the C programs has users of its own")
		}
		if !private() {
			t.Skipf("a home of root's cannot be joe's: %v", testhome.NoPrivate())
		}
		joe := lookup(t, "joe")
		test(t, withUsers(t, home, testhome.Copy{Single: true, UID: joe.uid, GID: joe.gid}))
	})
}
