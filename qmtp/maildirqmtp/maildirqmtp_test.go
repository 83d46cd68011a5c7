package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

// Run becomes another program, which a test cannot; so there is none to become.
func TestRun(t *testing.T) {
	if got := clitest.Run(t, "maildirqmtp", Run, clitest.World{Args: []string{"d", "p"}}); got.Code != 100 || got.Stderr != "maildirqmtp: usage: maildirqmtp dir prefix host\n" {
		t.Errorf("%+v", got)
	}
	got := clitest.Run(t, "maildirqmtp", Run, clitest.World{Home: "/none", Args: []string{"d", "p", "h", "me"}})
	if got.Code != 111 || got.Stderr != "maildirqmtp: fatal: unable to run /none/bin/maildirserial: file does not exist\n" {
		t.Errorf("%+v", got)
	}
}
