// Package scripttest runs scripts that read like a terminal session: commands
// on lines of their own, what they must print below, and the files of their
// world at the end (package testscript tells the language). A command's own
// test says
//
//	func TestMain(m *testing.M) { scripttest.Main(m, map[string]scripttest.Program{"forward": Run}) }
//	func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }
//
// The clock stands at 9 September 2001, 01:46:40 UTC, the process id is 4242.
// The qmail home is $WORK/home, with control/me test.example. A message for
// qmail-queue goes to $WORK/queued/mess, its envelope, with a line for each
// NUL, to $WORK/queued/env. $NL is a newline. [race] is true where the programs
// contain the race detector.
package scripttest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"qmailkit/internal/cmd"
)

// Program is a command's Run.
type Program func(*cmd.Proc) error

const (
	clock = 1_000_000_000
	pid   = 4242

	// homeVar tells a program where its home is.
	homeVar = "SCRIPTTEST_HOME"
)

const queue = `#!/bin/sh
mkdir -p "$WORK/queued"
cat > "$WORK/queued/mess"
tr '\000' '\n' <&1 > "$WORK/queued/env"
`

// Main runs the tests; scripts may run the programs by their names.
func Main(m *testing.M, programs map[string]Program) {
	commands := map[string]func(){}
	for name, run := range programs {
		commands[name] = func() { start(name, run) }
	}
	testscript.Main(m, commands)
}

func start(name string, run Program) {
	p := &cmd.Proc{
		Name: name, Args: os.Args[1:], Env: os.Environ(), Home: os.Getenv(homeVar), Pid: pid,
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		Now: func() time.Time { return time.Unix(clock, 0) },
		FD:  func(n int) *os.File { return os.NewFile(uintptr(n), "") },
	}
	os.Exit(p.End(run(p)))
}

// Run plays the scripts in the folder dir, each as a test of its own.
func Run(t *testing.T, dir string) {
	testscript.Run(t, testscript.Params{Dir: dir, Setup: setup, Condition: condition, RequireExplicitExec: true})
}

func condition(name string) (bool, error) {
	if name == "race" {
		return raced, nil
	}
	return false, fmt.Errorf("there is no condition %q", name)
}

func setup(e *testscript.Env) error {
	home := filepath.Join(e.WorkDir, "home")
	for _, d := range []string{"control", "users", "alias", "bin"} {
		if err := os.MkdirAll(filepath.Join(home, d), 0o755); err != nil {
			return err
		}
	}
	if _, err := os.Stat(filepath.Join(home, "control/me")); os.IsNotExist(err) {
		if err := os.WriteFile(filepath.Join(home, "control/me"), []byte("test.example\n"), 0o644); err != nil {
			return err
		}
	}
	program := filepath.Join(home, "bin/qmail-queue")
	if err := os.WriteFile(program, []byte(queue), 0o755); err != nil {
		return err
	}
	// The caller's PATH may lead into folders that are closed to this user.
	own, _, _ := strings.Cut(e.Getenv("PATH"), ":")
	e.Setenv("PATH", own+":/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin")
	for name, value := range map[string]string{homeVar: home, "QMAILQUEUE": program, "USER": "joe", "TZ": "UTC",
		"LC_ALL": "C", "NL": "\n"} {
		e.Setenv(name, value)
	}
	return nil
}
