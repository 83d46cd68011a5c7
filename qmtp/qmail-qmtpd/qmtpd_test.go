package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

// A control file that is there and cannot be read keeps mail from being taken.
func TestUnreadableControls(t *testing.T) {
	for _, name := range []string{"me", "rcpthosts", "databytes"} {
		home := t.TempDir()
		clitest.Files(t, home, map[string]string{"control/" + name + "/": ""})
		if got := clitest.Run(t, "qmail-qmtpd", Run, clitest.World{Home: home, Input: "1:\n,0:,3:0:,,"}); got.Code != 111 || got.Stdout != "" {
			t.Errorf("%s: %+v", name, got)
		}
	}
}
