package main

import (
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
)

const (
	idle        = 5000
	mostMemory  = 400 << 10 // kilobytes, with so many idle sessions
	descriptors = 200       // for other things
)

// Many sessions wait in one process, between two commands and in a transaction.
func TestIdle(t *testing.T) {
	if raced {
		t.Skip("the race detector wants memory of its own")
	}
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("there is no /proc to read how much memory is in use")
	}
	n := idle
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	if most := int(limit.Cur) - descriptors; n > most {
		n = max(most, 1)
		t.Logf("%d sessions only: there are no more descriptors to be had", n)
	}
	s := start(t, nil, "-c", strconv.Itoa(n+1), "-b", "1000", "127.0.0.1", "0")
	clients := make([]*talker, n)
	for i := range clients {
		clients[i] = s.dial(0)
		clients[i].want("", "220")
	}
	for _, c := range clients[:n/2] {
		c.want("EHLO c.example", "250", "MAIL FROM:<a@b.example>", "250", "RCPT TO:<u@here.example>", "250")
	}
	pid := children(t, s.cmd.Process.Pid)[0]
	if used := memory(t, pid); used > mostMemory {
		t.Errorf("%d sessions use %d kB", n, used)
	} else {
		t.Logf("%d sessions use %d kB", n, used)
	}
	c := s.dial(0)
	c.want("", "220")
	c.mail()
	for _, c := range []*talker{c, clients[0], clients[n-1]} {
		c.want("QUIT", "221")
	}
}

// memory is how much of it a process uses, in kilobytes.
func memory(t *testing.T, pid int) (kB int) {
	t.Helper()
	_, rest, _ := strings.Cut(clitest.Read(t, "/proc/"+strconv.Itoa(pid)+"/status"), "\nVmRSS:")
	words := strings.Fields(rest)
	if len(words) < 2 || words[1] != "kB" {
		t.Fatalf("no VmRSS for %d", pid)
	}
	kB, err := strconv.Atoi(words[0])
	if err != nil {
		t.Fatal(err)
	}
	return kB
}
