package program

import (
	"os"
	"path/filepath"
	"testing"
)

func TestID(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	for _, name := range []string{a, b} {
		if err := os.WriteFile(name, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	old := ID(a)
	if old == "" || old != ID(a) || old == ID(b) || ID(a+"x") != "" {
		t.Error("ids do not tell files apart")
	}
	if err := os.Rename(b, a); err != nil {
		t.Fatal(err)
	}
	if ID(a) == old {
		t.Error("a replaced program has the old id")
	}
}
