package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/killtest"
)

// However multilog is killed, the next one keeps every line that is in the
// log, once, and the lines are the first ones of the input.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("runs many processes")
	}
	program := filepath.Join(t.TempDir(), "multilog")
	killtest.Build(t, program, "/var/qmail")
	in := lines(9000)
	for _, processor := range []string{"", "!cat"} {
		dir := ""
		command := func() *exec.Cmd {
			dir = killtest.Dir(t)
			c := exec.Command(program, "s4096", "n9", processor, "./log")
			if processor == "" {
				c = exec.Command(program, "s4096", "n9", "./log")
			}
			c.Dir, c.Stdin = dir, strings.NewReader(in)
			return c
		}
		calls := []string{"renameat", "linkat", "unlinkat", "fchmod", "fchmodat", "fsync", "write"}
		killtest.Walk(t, killtest.Kill, calls, command, func(at killtest.Point, _ error) {
			got := clitest.Run(t, "multilog", Run, clitest.World{Args: []string{"s4096", "n9", "./log"}, Dir: dir})
			if got.Code != 0 || got.Stderr != "" {
				t.Errorf("%s: %+v", at, got)
			}
			kept := contents(t, dir+"/log")
			if !strings.HasPrefix(in, kept) || at == (killtest.Point{}) && kept != in {
				t.Errorf("%s: %d bytes that are not the first of the input", at, len(kept))
			}
			for _, name := range []string{"previous", "processed"} {
				if _, err := os.Stat(filepath.Join(dir, "log", name)); err == nil {
					t.Errorf("%s: %s is left", at, name)
				}
			}
		})
	}
}
