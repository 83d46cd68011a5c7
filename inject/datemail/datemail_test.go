package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
)

// homeVariable makes the test's own program datemail, of the home it names.
const homeVariable = "DATEMAIL_TEST_HOME"

func TestMain(m *testing.M) {
	if home := os.Getenv(homeVariable); home != "" {
		p := &cmd.Proc{Name: "datemail", Args: os.Args[1:], Env: os.Environ(), Home: home, Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr}
		os.Exit(p.End(Run(p)))
	}
	os.Exit(m.Run())
}

func TestRun(t *testing.T) {
	home := t.TempDir()
	run := func(want string) {
		t.Helper()
		self, err := os.Executable()
		if err != nil {
			t.Fatal(err)
		}
		c := exec.Command(self, "-f", "", "a b")
		c.Env = []string{homeVariable + "=" + home, "PATH=" + os.Getenv("PATH")}
		if out, _ := c.CombinedOutput(); string(out) != want {
			t.Errorf("%q, want %q", out, want)
		}
	}
	run("datemail: fatal: unable to run " + home + "/bin/predate: file does not exist\n")
	clitest.Script(t, filepath.Join(home, "bin/predate"), `printf '[%s]' "$0" "$@"`)
	run("[" + home + "/bin/predate][" + home + "/bin/sendmail][-f][][a b]")
}
