package plain

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"testing"
)

func TestOpen(t *testing.T) {
	dir := t.TempDir()
	path := dir + "/f"
	f, err := OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	f.WriteString("text")
	f.Close()
	f, err = Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(f); string(text) != "text" || err != nil {
		t.Errorf("%q %v", text, err)
	}
	f.Close()
	d, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if names, err := d.Readdirnames(-1); len(names) != 1 || err != nil {
		t.Errorf("%q %v", names, err)
	}
	if err := d.Sync(); err != nil {
		t.Error(err)
	}
	d.Close()
	if _, err := OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("made it twice: %v", err)
	}
	if _, err := Open(dir + "/none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opened nothing: %v", err)
	}
}
