package rcpthosts

import (
	"os"
	"path/filepath"
	"testing"

	"qmailkit/internal/cdb"
	"qmailkit/internal/control"
)

func TestAccepts(t *testing.T) {
	dir := t.TempDir()
	os.WriteFile(filepath.Join(dir, "rcpthosts"), []byte("# ours\nHere.example\n.sub.example\n"), 0o644)
	w, err := cdb.Create(filepath.Join(dir, "tmp"), 0o644)
	if err != nil {
		t.Fatal(err)
	}
	w.Add([]byte("more.example"), nil)
	w.Add([]byte(".wild.example"), nil)
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := w.Rename(filepath.Join(dir, "morercpthosts.cdb")); err != nil {
		t.Fatal(err)
	}
	h, err := Open(control.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	defer h.Close()
	for recipient, want := range map[string]bool{
		"u@here.EXAMPLE": true, "u": true, "": true, "u@x.sub.example": true, "u@sub.example": false, "u@x.here.example": false,
		"u@More.example": true, "u@a.b.wild.example": true, "u@wild.example": false, "u@": false, "u@other": false, "u@here.example@x": false,
	} {
		if got, err := h.Accepts(recipient); got != want || err != nil {
			t.Errorf("%q: %v %v, want %v", recipient, got, err, want)
		}
	}
}

func TestWithoutFile(t *testing.T) {
	h, err := Open(control.Dir(t.TempDir()))
	if err != nil {
		t.Fatal(err)
	}
	if ok, _ := h.Accepts("u@anywhere"); !ok {
		t.Error("without control/rcpthosts all are taken")
	}
}

func TestUnreadable(t *testing.T) {
	dir := t.TempDir()
	os.Mkdir(filepath.Join(dir, "rcpthosts"), 0o755)
	if _, err := Open(control.Dir(dir)); err == nil {
		t.Error("a folder in the place of control/rcpthosts")
	}
}
