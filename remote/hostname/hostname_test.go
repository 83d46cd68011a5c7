package main

import (
	"os"
	"testing"

	"qmailkit/internal/clitest"
)

func TestName(t *testing.T) {
	name, err := os.Hostname()
	if err != nil {
		t.Skip("this host has no name:", err)
	}
	if got := clitest.Run(t, "hostname", Run, clitest.World{}); got != (clitest.Result{Stdout: name + "\n"}) {
		t.Errorf("%+v", got)
	}
}
