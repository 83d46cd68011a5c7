package main

import (
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	const label = "@400000003b9aca0a00000007 "
	long := strings.Repeat("x", 200000)
	for in, want := range map[string]string{
		"": "", "\n": label + "\n", "a\n\nb": label + "a\n" + label + "\n" + label + "b", long + "\n" + long: label + long + "\n" + label + long,
	} {
		got := clitest.Run(t, "tai64n", Run, clitest.World{Input: in, Args: []string{"-x"}, Now: time.Unix(1_000_000_000, 7)})
		if got.Code != 0 || got.Stdout != want || got.Stderr != "" {
			t.Errorf("%.20q: %d %.80q", in, got.Code, got.Stdout)
		}
	}
}

func TestFullDisk(t *testing.T) {
	if got := clitest.Run(t, "tai64n", Run, clitest.World{Input: "a\n", Stdout: clitest.Full(t)}); got.Code != 111 {
		t.Errorf("%+v", got)
	}
}
