package trigger

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestPull(t *testing.T) {
	root := t.TempDir()
	Pull(root) // no fifo: no matter
	os.Mkdir(filepath.Join(root, "lock"), 0o755)
	if err := syscall.Mkfifo(filepath.Join(root, "lock/trigger"), 0o622); err != nil {
		t.Fatal(err)
	}
	Pull(root) // nobody listens: neither waits nor fails
	l, err := Listen(root)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		Pull(root)
		if err := l.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	done := make(chan error)
	go func() { done <- l.Wait() }()
	l.Close()
	if err := <-done; err == nil {
		t.Error("Wait returned without a pull and without an error")
	}
}
