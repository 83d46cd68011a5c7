package main

import (
	"os"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	long := strings.Repeat("x", 200000)
	for in, want := range map[string]string{
		"": "", "a\nb\n": "a\r\nb\r\n", "a\nb": "a\r\nb", "a\r\n": "a\r\r\n", "a\rb\r": "a\rb\r", "\x00\xff\n\n": "\x00\xff\r\n\r\n",
		long + "\n" + long: long + "\r\n" + long,
	} {
		got := clitest.Run(t, "addcr", Run, clitest.World{Input: in, Args: []string{"-x"}})
		if got != (clitest.Result{Stdout: want}) {
			t.Errorf("%.20q: %d %.80q %q", in, got.Code, got.Stdout, got.Stderr)
		}
	}
}

func TestFailure(t *testing.T) {
	got := clitest.Run(t, "addcr", Run, clitest.World{Stdin: clitest.Open(t, t.TempDir())})
	if got != (clitest.Result{Code: 111}) {
		t.Errorf("a folder as input: %+v", got)
	}
	closed, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	if got := clitest.Run(t, "addcr", Run, clitest.World{Stdin: closed}); got != (clitest.Result{Code: 111}) {
		t.Errorf("no input: %+v", got)
	}
	if got := clitest.Run(t, "addcr", Run, clitest.World{Input: "a\n", Stdout: clitest.Full(t)}); got != (clitest.Result{Code: 111}) {
		t.Errorf("a full disk: %+v", got)
	}
}
