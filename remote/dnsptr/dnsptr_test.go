package main

import (
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/dnstest"
)

func TestRun(t *testing.T) {
	server := dnstest.Server(t, dnstest.Zone{
		"1.2.0.192.in-addr.arpa PTR": "a.example", "3.2.0.192.in-addr.arpa PTR": "SERVFAIL",
		"4.2.0.192.in-addr.arpa PTR": "a\nb c.\xe9\x00.$x",
		"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa PTR": "six.example",
	})
	for arg, want := range map[string]clitest.Result{
		"192.0.2.1":   {Stdout: "a.example\n"},
		"192.0.2.4":   {Stdout: `a\010b\032c.\233\000.\$x` + "\n"},
		"2001:db8::1": {Stdout: "six.example\n"},
		"192.0.2.2":   {Code: 100, Stderr: "hard error\n"},
		"192.0.2.3":   {Code: 111, Stderr: "soft error\n"},
		"no address":  {Code: 100, Stderr: "hard error\n"},
	} {
		r := clitest.Run(t, "dnsptr", Run, clitest.World{
			Args: []string{arg}, Env: []string{"DNSCACHEIP=" + server, "LOCALDOMAIN=local.example", "RES_OPTIONS=attempts:1"},
		})
		if r != want {
			t.Errorf("%q: %+v", arg, r)
		}
	}
}

func TestNoArgument(t *testing.T) {
	if r := clitest.Run(t, "dnsptr", Run, clitest.World{}); r != (clitest.Result{Code: 100}) {
		t.Errorf("%+v", r)
	}
}
