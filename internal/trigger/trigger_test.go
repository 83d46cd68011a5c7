package trigger

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func TestPull(t *testing.T) {
	root := t.TempDir()
	Pull(root) // no fifo: no matter
	if _, err := Listen(root); err == nil {
		t.Error("there is no folder for a fifo")
	}
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

// A fifo that comes late, or is made anew, is heard all the same.
func TestAnotherFifo(t *testing.T) {
	root := t.TempDir()
	path := filepath.Join(root, "lock/trigger")
	os.Mkdir(filepath.Dir(path), 0o755)
	l, err := Listen(root)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		os.Remove(path)
		if err := syscall.Mkfifo(path, 0o622); err != nil {
			t.Fatal(err)
		}
		if err := l.wait(time.Millisecond); err != nil {
			t.Fatal(err)
		}
		Pull(root)
		if err := l.Wait(); err != nil {
			t.Fatal(err)
		}
	}
	os.Remove(path)
	if err := os.WriteFile(path, []byte("no fifo"), 0o600); err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- l.wait(time.Millisecond) }()
	l.Close()
	if err := <-done; err == nil {
		t.Error("a file that is no fifo has pulled")
	}
}
