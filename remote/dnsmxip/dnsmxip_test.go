package main

import (
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/dnstest"
)

func TestRun(t *testing.T) {
	server := dnstest.Server(t, dnstest.Zone{
		"d.example MX": "10 b.example,5 a.example", "a.example A": "192.0.2.1", "b.example A": "192.0.2.2",
		"gone.example MX": "5 none.example", "null.example MX": "0 ", "soft.example MX": "SERVFAIL",
	})
	for arg, want := range map[string]clitest.Result{
		"d.example":    {Stdout: "192.0.2.1 5\n192.0.2.2 10\n"},
		"a.example":    {Stdout: "192.0.2.1 0\n"},
		"[192.0.2.7]":  {Stdout: "192.0.2.7 0\n"},
		"null.example": {Code: 100, Stderr: "hard error\n"},
		"gone.example": {},
		"none.example": {Code: 100, Stderr: "hard error\n"},
		"soft.example": {Code: 111, Stderr: "soft error\n"},
	} {
		r := clitest.Run(t, "dnsmxip", Run, clitest.World{
			Args: []string{arg}, Env: []string{"DNSCACHEIP=" + server, "LOCALDOMAIN=local.example", "RES_OPTIONS=attempts:1"},
		})
		if r != want {
			t.Errorf("%q: %+v", arg, r)
		}
	}
}

func TestNoArgument(t *testing.T) {
	if r := clitest.Run(t, "dnsmxip", Run, clitest.World{}); r != (clitest.Result{Code: 100}) {
		t.Errorf("%+v", r)
	}
}
