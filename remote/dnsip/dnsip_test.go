package main

import (
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/dnstest"
)

func TestRun(t *testing.T) {
	server := dnstest.Server(t, dnstest.Zone{
		"a.example A": "192.0.2.1,192.0.2.2", "soft.example A": "SERVFAIL",
	})
	for arg, want := range map[string]clitest.Result{
		"a.example":    {Stdout: "192.0.2.1\n192.0.2.2\n"},
		"[192.0.2.7]":  {Stdout: "192.0.2.7\n"},
		"192.0.2.7":    {Stdout: "192.0.2.7\n"},
		"none.example": {Code: 100, Stderr: "hard error\n"},
		"soft.example": {Code: 111, Stderr: "soft error\n"},
	} {
		r := clitest.Run(t, "dnsip", Run, clitest.World{
			Args: []string{arg}, Env: []string{"DNSCACHEIP=" + server, "LOCALDOMAIN=local.example", "RES_OPTIONS=attempts:1"},
		})
		if r != want {
			t.Errorf("%q: %+v", arg, r)
		}
	}
}

func TestNoArgument(t *testing.T) {
	if r := clitest.Run(t, "dnsip", Run, clitest.World{}); r != (clitest.Result{Code: 100}) {
		t.Errorf("%+v", r)
	}
}
