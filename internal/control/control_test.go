package control

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func dir(t *testing.T, files map[string]string) Dir {
	d := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(d, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return Dir(d)
}

func TestLine(t *testing.T) {
	d := dir(t, map[string]string{"a": "  x y \t \nsecond\n", "noeol": "z", "empty": "", "me": "m.example\n"})
	for _, c := range []struct {
		name, want string
		ok         bool
	}{{"a", "  x y", true}, {"noeol", "z", true}, {"empty", "", true}, {"none", "", false}} {
		got, ok, err := d.Line(c.name)
		if got != c.want || ok != c.ok || err != nil {
			t.Errorf("%s: %q %v %v", c.name, got, ok, err)
		}
	}
	for _, c := range []struct {
		name  string
		useMe bool
		want  string
	}{{"a", true, "  x y"}, {"none", true, "m.example"}, {"none", false, "def"}, {"empty", true, ""}} {
		if got, err := d.LineOr(c.name, c.useMe, "def"); got != c.want || err != nil {
			t.Errorf("LineOr %s: %q %v", c.name, got, err)
		}
	}
}

func TestInt(t *testing.T) {
	d := dir(t, map[string]string{"n": "12 # x\n", "neg": "-1\n", "big": "99999999999999999999999999\n", "empty": ""})
	for _, c := range []struct {
		name string
		want int
		ok   bool
	}{{"n", 12, true}, {"neg", 0, false}, {"big", MaxInt, true}, {"empty", 0, false}, {"none", 0, false}} {
		if got, ok, err := d.Int(c.name); got != c.want || ok != c.ok || err != nil {
			t.Errorf("%s: %d %v %v", c.name, got, ok, err)
		}
	}
}

func TestLines(t *testing.T) {
	d := dir(t, map[string]string{"l": "# c\na \n\n b\t\nc\x00d\n#x\n\x00hidden\nlast", "me": "m\n"})
	got, ok, err := d.Lines("l")
	if want := "a| b|c|d|last"; strings.Join(got, "|") != want || !ok || err != nil {
		t.Errorf("%q %v %v, want %q", got, ok, err, want)
	}
	if got, ok, err := d.LinesOrMe("none"); len(got) != 1 || got[0] != "m" || !ok || err != nil {
		t.Errorf("LinesOrMe: %q %v %v", got, ok, err)
	}
	if _, ok, err := dir(t, nil).LinesOrMe("none"); ok || err != nil {
		t.Errorf("without me: %v %v", ok, err)
	}
}

func TestUnreadable(t *testing.T) {
	d := dir(t, nil)
	os.Mkdir(filepath.Join(string(d), "locals"), 0o755)
	_, _, err := d.Lines("locals")
	var ce *Error
	if !errors.As(err, &ce) || !strings.HasSuffix(ce.File, "/locals") {
		t.Errorf("a folder in place of a file: %v", err)
	}
}

func TestMap(t *testing.T) {
	m := NewMap([]string{"A.Example:one", "nocolon", "b:x:y", "a.example:two", ":empty"})
	for key, want := range map[string]string{"a.EXAMPLE": "two", "b": "x:y", "": "empty"} {
		if got, ok := m.Get(key); got != want || !ok {
			t.Errorf("%q: %q %v", key, got, ok)
		}
	}
	if m.Has("nocolon") {
		t.Error("an entry without a colon is no entry")
	}
	if set := NewSet([]string{"X\xc4y"}); !set.Has("x\xc4Y") || set.Has("x\xe4y") {
		t.Error("only ASCII letters fold")
	}
}

func FuzzLines(f *testing.F) {
	for _, s := range []string{"", "a\nb", "#\n\x00\n \t\n", "a:b\n\n:c\x00d"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		d := dir(t, map[string]string{"f": string(data)})
		lines, ok, err := d.Lines("f")
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		m := NewMap(lines)
		for _, line := range lines {
			if strings.ContainsAny(line, "\x00\n") {
				t.Errorf("entry %q holds a separator", line)
			}
			if key, _, colon := strings.Cut(line, ":"); colon && !m.Has(strings.ToUpper(key)) && Fold(strings.ToUpper(key)) == Fold(key) {
				t.Errorf("entry %q is not found", line)
			}
		}
	})
}
