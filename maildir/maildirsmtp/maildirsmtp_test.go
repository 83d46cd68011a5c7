package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

// Run becomes another program, which a test cannot; so there is none to become.
func TestRun(t *testing.T) {
	if got := clitest.Run(t, "maildirsmtp", Run, clitest.World{Args: []string{"d", "p"}}); got.Code != 100 || got.Stderr != "maildirsmtp: usage: maildirsmtp dir prefix host helohost\n" {
		t.Errorf("%+v", got)
	}
	got := clitest.Run(t, "maildirsmtp", Run, clitest.World{Home: "/none", Args: []string{"d", "p", "h", "me"}})
	if got.Code != 111 || got.Stderr != "maildirsmtp: fatal: unable to run /none/bin/maildirserial: file does not exist\n" {
		t.Errorf("%+v", got)
	}
}
