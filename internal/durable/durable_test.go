package durable

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReplace(t *testing.T) {
	d := t.TempDir()
	path, tmp := filepath.Join(d, "f"), filepath.Join(d, "f.tmp")
	for _, text := range []string{"one", "two"} {
		if err := Replace(path, tmp, []byte(text), 0o640); err != nil {
			t.Fatal(err)
		}
		if got, _ := os.ReadFile(path); string(got) != text {
			t.Errorf("%q, want %q", got, text)
		}
	}
}

func TestReplaceFailure(t *testing.T) {
	d := t.TempDir()
	path := filepath.Join(d, "f")
	os.MkdirAll(filepath.Join(path, "full"), 0o755) // nothing can be renamed onto it
	tmp := filepath.Join(d, "f.tmp")
	if err := Replace(path, tmp, []byte("x"), 0o644); err == nil {
		t.Fatal("replaced a folder that is not empty")
	}
	if _, err := os.Stat(tmp); !os.IsNotExist(err) {
		t.Errorf("the temporary file is still there: %v", err)
	}
	if err := Replace(filepath.Join(d, "none/f"), filepath.Join(d, "none/t"), nil, 0o644); err == nil {
		t.Error("wrote into a folder that does not exist")
	}
}
