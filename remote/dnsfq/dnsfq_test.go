package main

import (
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/dnstest"
)

func TestRun(t *testing.T) {
	server := dnstest.Server(t, dnstest.Zone{
		"a.local.example A": "192.0.2.1", "b.example A": "192.0.2.9", "soft.example A": "SERVFAIL",
		"1.2.0.192.in-addr.arpa PTR": "full.example",
	})
	for arg, want := range map[string]clitest.Result{
		"a":            {Stdout: "full.example\n"},
		"192.0.2.1":    {Stdout: "full.example\n"},
		"b.example":    {Code: 100, Stderr: "hard error\n"},
		"none.example": {Code: 100, Stderr: "hard error\n"},
		"soft.example": {Code: 111, Stderr: "soft error\n"},
	} {
		r := clitest.Run(t, "dnsfq", Run, clitest.World{
			Args: []string{arg}, Env: []string{"DNSCACHEIP=" + server, "LOCALDOMAIN=local.example", "RES_OPTIONS=attempts:1"},
		})
		if r != want {
			t.Errorf("%q: %+v", arg, r)
		}
	}
}

func TestNoArgument(t *testing.T) {
	if r := clitest.Run(t, "dnsfq", Run, clitest.World{}); r != (clitest.Result{Code: 100}) {
		t.Errorf("%+v", r)
	}
}
