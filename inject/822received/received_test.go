package main

import (
	"testing"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	for in, want := range map[string]string{
		"": "",
		"Received: (qmail 1 invoked by uid 2); 3 Nov 2026 01:02:03 -0000\nSubject: x\nReceived: from a ([192.0.2.1] (b))\n  by\tc with \"SMTP\" for <d@e> id 5;\n 2 Nov 2026 01:02:03 +0100\n": "" +
			"Mon Nov  2 02:02:03 2026 from a ([192.0.2.1] (b)) \n\t\t\t by c with SMTP \n\t\t\t for <d@e> \n\t\t\t id 5\n\t\t\t ; 2 Nov 2026 01:02:03 +0100\n" +
			"Tue Nov  3 03:02:03 2026 (qmail 1 invoked by uid 2)\n\t\t\t ; 3 Nov 2026 01:02:03 -0000\n",
		"Received: by x\n\nReceived: by y\n": "\t\t\t by x\n",
	} {
		if got := clitest.Run(t, "822received", Run, clitest.World{Env: []string{"TZ=XXX-2"}, Input: in}); got != (clitest.Result{Stdout: want}) {
			t.Errorf("%q: %+v, want %q", in, got, want)
		}
	}
	clitest.Unreadable(t, "822received", Run, clitest.World{})
}
