package main

import (
	"io"
	"os"
	"testing"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	fromR, fromW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	toR, toW, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p, finish := clitest.Proc(t, "mconnect-io", clitest.World{Input: "HELO me\nQUIT\r\nx"})
	p.FD = func(n int) *os.File { return map[int]*os.File{6: fromR, 7: toW}[n] }
	const sent = "HELO me\r\nQUIT\r\r\nx"
	got := make([]byte, len(sent))
	done := make(chan error, 1)
	go func() { done <- Run(p) }()
	if _, err := io.ReadFull(toR, got); err != nil || string(got) != sent {
		t.Errorf("%q %v", got, err)
	}
	// The end of the input was not the end.
	io.WriteString(fromW, "221 bye\r\n")
	fromW.Close()
	if r := finish(p.End(<-done)); r.Code != 0 || r.Stdout != "221 bye\r\n" || r.Stderr != "" {
		t.Errorf("%+v", r)
	}
}
