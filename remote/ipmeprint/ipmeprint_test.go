package main

import (
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	r := clitest.Run(t, "ipmeprint", Run, clitest.World{})
	if r.Code != 0 || !strings.HasPrefix(r.Stdout, "0.0.0.0\n") || strings.Contains(r.Stdout, ":") || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
}
