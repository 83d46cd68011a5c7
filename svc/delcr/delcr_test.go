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
		"": "", "a\r\nb\n": "a\nb\n", "a\r\r\n": "a\r\n", "a\rb\r\rc": "a\rb\r\rc", "d\r": "d\r", "\r\n": "\n", "\x00\xff\n\r": "\x00\xff\n\r",
		long + "\r\n" + long: long + "\n" + long, strings.Repeat("\r", 70000) + "\n": strings.Repeat("\r", 69999) + "\n",
	} {
		got := clitest.Run(t, "delcr", Run, clitest.World{Input: in, Args: []string{"-x"}})
		if got != (clitest.Result{Stdout: want}) {
			t.Errorf("%.20q: %d %.80q %q", in, got.Code, got.Stdout, got.Stderr)
		}
	}
}

// A line's end may come in two pieces.
func TestPieces(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	p, finish := clitest.Proc(t, "delcr", clitest.World{Stdin: r})
	done := make(chan error)
	go func() { done <- Run(p) }()
	for _, c := range []byte("a\r\n\rb\r") {
		w.Write([]byte{c})
	}
	w.Close()
	if got := finish(p.End(<-done)); got != (clitest.Result{Stdout: "a\n\rb\r"}) {
		t.Errorf("%+v", got)
	}
}

func FuzzRun(f *testing.F) {
	f.Add("a\r\nb\r\r\n\r")
	f.Fuzz(func(t *testing.T, in string) {
		got := clitest.Run(t, "delcr", Run, clitest.World{Input: in})
		if got != (clitest.Result{Stdout: strings.ReplaceAll(in, "\r\n", "\n")}) {
			t.Errorf("%q: %+v", in, got)
		}
	})
}

func TestFailure(t *testing.T) {
	got := clitest.Run(t, "delcr", Run, clitest.World{Stdin: clitest.Open(t, t.TempDir())})
	if got != (clitest.Result{Code: 111}) {
		t.Errorf("a folder as input: %+v", got)
	}
	closed, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer closed.Close()
	if got := clitest.Run(t, "delcr", Run, clitest.World{Stdin: closed}); got != (clitest.Result{Code: 111}) {
		t.Errorf("no input: %+v", got)
	}
	if got := clitest.Run(t, "delcr", Run, clitest.World{Input: "a\n", Stdout: clitest.Full(t)}); got != (clitest.Result{Code: 111}) {
		t.Errorf("a full disk: %+v", got)
	}
}
