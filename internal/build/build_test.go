package build

import (
	"bytes"
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// program builds the smallest program with the given tags.
func program(t *testing.T, name, tags string) string {
	t.Helper()
	dir := t.TempDir()
	for file, text := range map[string]string{
		"go.mod": "module sample\n", "main.go": "package main\n\nfunc main() {}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(dir, name)
	c := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-tags", tags, "-o", out, ".")
	c.Dir, c.Env = dir, append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=-mod=mod")
	if b, err := c.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, b)
	}
	return out
}

func TestOf(t *testing.T) {
	one, same, other := Of(program(t, "a", "build_1")), Of(program(t, "b", "build_1")), Of(program(t, "c", "build_2"))
	if one.Package != "sample" || one.Sources == "" || one != same {
		t.Errorf("%q, %q", one, same)
	}
	if other.Package != "sample" || other.Sources == "" || other == one {
		t.Errorf("%q", other)
	}
	if unknown := Of(program(t, "d", "x")); unknown.Package != "sample" || unknown.Sources != "" {
		t.Errorf("%q", unknown)
	}
	for _, path := range []string{"build.go", t.TempDir(), t.TempDir() + "/none"} {
		if info := Of(path); info != (Info{}) {
			t.Errorf("%s: %q", path, info)
		}
	}
}

// block is what the linker writes.
func block(version, module string) []byte {
	b := []byte(mark + markEnd + "\x08\x02")
	b = append(b, make([]byte, header-len(b))...)
	for _, s := range []string{version, strings.Repeat("<", fence) + module + strings.Repeat(">", fence)} {
		b = append(binary.AppendUvarint(b, uint64(len(s))), s...)
	}
	return b
}

func TestDirty(t *testing.T) {
	for module, want := range map[string]string{
		"path\tx\nbuild\tvcs.revision=1\nbuild\tvcs.modified=false\n": "go1\nvcs.revision=1\nvcs.modified=false",
		"path\tx\nbuild\tvcs.revision=1\nbuild\tvcs.modified=true\n":  "",
		"path\tx\nbuild\tCGO_ENABLED=0\n":                             "",
	} {
		if info := find(append(make([]byte, 16), block("go1", module)...)); info != (Info{"x", want}) {
			t.Errorf("%q: %q", module, info)
		}
	}
}

// Wherever in a file the block is, it is found.
func TestRead(t *testing.T) {
	b := block("go1", "path\tx\n"+strings.Repeat("dep\ty\n", 5000))
	for _, at := range []int{0, alignment, window - maxBlock, window - len(b), window - len(b) + alignment, window - alignment, window, 3 * window} {
		at -= at % alignment
		file := append(make([]byte, at), b...)
		for _, behind := range []int{0, window} {
			if info := read(bytes.NewReader(append(file, make([]byte, behind)...))); info.Package != "x" {
				t.Errorf("at %d, %d bytes behind it: %q", at, behind, info)
			}
		}
	}
}

func FuzzFind(f *testing.F) {
	f.Add(block("go1", "path\tx\n"))
	f.Add([]byte(mark + markEnd))
	f.Fuzz(func(t *testing.T, b []byte) {
		if info := find(b); len(info.Package)+len(info.Sources) > 2*len(b) {
			t.Errorf("%q", info)
		}
	})
}
