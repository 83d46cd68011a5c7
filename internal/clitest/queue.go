package clitest

import (
	"path/filepath"
	"strconv"
	"testing"
)

// Queue is a stand-in for qmail-queue.
type Queue struct {
	Program string // for QMAILQUEUE
	dir     string
}

// NewQueue makes a stand-in that keeps one message and exits with code.
func NewQueue(t testing.TB, code int) *Queue {
	t.Helper()
	dir := t.TempDir()
	body := "cat > " + dir + "/message\ncat <&1 > " + dir + "/envelope\nexit " + strconv.Itoa(code)
	return &Queue{Program: Script(t, filepath.Join(dir, "queue"), body), dir: dir}
}

// Env is the environment entry that names the stand-in.
func (q *Queue) Env() string { return "QMAILQUEUE=" + q.Program }

// Message returns the message that was handed over, "" if none was.
func (q *Queue) Message(t testing.TB) string {
	t.Helper()
	return Read(t, filepath.Join(q.dir, "message"))
}

// Envelope returns the envelope that came with it: F, sender, NUL, T,
// recipient, NUL ... NUL.
func (q *Queue) Envelope(t testing.TB) string {
	t.Helper()
	return Read(t, filepath.Join(q.dir, "envelope"))
}
