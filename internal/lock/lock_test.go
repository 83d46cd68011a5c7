package lock

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestExclusive(t *testing.T) {
	path := filepath.Join(t.TempDir(), "l")
	open := func() *os.File {
		f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	a, b := open(), open()
	if err := Exclusive(a); err != nil {
		t.Fatal(err)
	}
	if err := TryExclusive(b); !errors.Is(err, syscall.EWOULDBLOCK) {
		t.Errorf("a second lock: %v", err)
	}
	if err := Unlock(a); err != nil {
		t.Fatal(err)
	}
	if err := TryExclusive(b); err != nil {
		t.Errorf("after the first is gone: %v", err)
	}
}
