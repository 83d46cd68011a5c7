package rcpthosts

import (
	"os"
	"path/filepath"
	"strings"
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

// Mail is taken for what is listed and for no host whose ends are not.
func FuzzAccepts(f *testing.F) {
	f.Add("Here.example\n.sub.example\n", "u@x.sub.EXAMPLE")
	f.Add(".\n#x\n", "a@b@c.")
	f.Add("", "u@")
	f.Fuzz(func(t *testing.T, list, recipient string) {
		dir := t.TempDir()
		if err := os.WriteFile(dir+"/rcpthosts", []byte(list), 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := Open(control.Dir(dir))
		if err != nil {
			t.Fatal(err)
		}
		lines, _, err := control.Dir(dir).Lines("rcpthosts")
		if err != nil {
			t.Fatal(err)
		}
		at := strings.LastIndexByte(recipient, '@')
		host := control.Fold(recipient[at+1:])
		want := at < 0
		for _, line := range lines {
			line = control.Fold(line)
			want = want || line == host && host != "" || strings.HasPrefix(line, ".") && strings.HasSuffix(host, line)
		}
		if got, err := h.Accepts(recipient); got != want || err != nil {
			t.Fatalf("%q for %q: %v %v", list, recipient, got, err)
		}
	})
}
