package testhome

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

func TestCopyTree(t *testing.T) {
	from, to := t.TempDir(), t.TempDir()
	for _, err := range []error{
		os.Mkdir(filepath.Join(from, "d"), 0o700), os.WriteFile(filepath.Join(from, "d/f"), []byte("text"), 0o600),
		os.Symlink("f", filepath.Join(from, "d/l")),
		syscall.Mkfifo(filepath.Join(from, "d/p"), 0o622), os.Mkdir(filepath.Join(from, "no"), 0o755),
		os.Chmod(filepath.Join(from, "d/f"), os.ModeSetuid|0o711),
		CopyTree(from, to, func(rel string) bool { return rel == "no" }),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"d", "d/f", "d/l", "d/p"} {
		a, err1 := os.Lstat(filepath.Join(from, name))
		b, err2 := os.Lstat(filepath.Join(to, name))
		if err1 != nil || err2 != nil || a.Mode() != b.Mode() {
			t.Errorf("%s: %v %v %v %v", name, a, b, err1, err2)
		}
	}
	if data, err := os.ReadFile(filepath.Join(to, "d/f")); err != nil || string(data) != "text" {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := os.Lstat(filepath.Join(to, "no")); !os.IsNotExist(err) {
		t.Errorf("what was to stay away: %v", err)
	}
}
