package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/cmd"
)

// home makes a queue that is split in two and holds the given files.
func home(t *testing.T, files map[string]string) string {
	dir := t.TempDir()
	for _, d := range []string{"mess", "info", "local", "remote"} {
		for i := range 2 {
			os.MkdirAll(filepath.Join(dir, "queue", d, strconv.Itoa(i)), 0o755)
		}
	}
	os.Mkdir(filepath.Join(dir, "queue/bounce"), 0o755)
	for name, text := range files {
		path := filepath.Join(dir, "queue", name)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		os.Chtimes(path, time.Unix(1e9, 0), time.Unix(1e9, 0))
	}
	return dir
}

func output(t *testing.T, dir string) (text string, code int) {
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	code, _ = cmd.Outcome("qmail-qread", Run(&cmd.Proc{Name: "qmail-qread", Home: dir, Stdout: out}))
	b, _ := os.ReadFile(out.Name())
	return string(b), code
}

func TestList(t *testing.T) {
	const date = "9 Sep 2001 01:46:40 GMT"
	got, code := output(t, home(t, map[string]string{
		"mess/0/4": "12345", "info/0/4": "Fa@b\x00", "local/0/4": "Tu@h\x00Dv\x1b@h\x00Xjunk\x00Tcut", "remote/0/4": "Tw@far\x00",
		"mess/1/7": "", "info/1/7": "F\x00", "bounce/7": "x",
		"info/1/9": "F\x00", "info/1/junk": "x",
	}))
	want := date + "  #4  5  <a@b> \n\tlocal\tu@h\n  done\tlocal\tv_@h\n\tremote\tw@far\n"
	if !strings.HasPrefix(got, want) || code != 0 {
		t.Errorf("%q %d, want %q first", got, code, want)
	}
	for _, line := range []string{date + "  #7  0  <>  bouncing\n", "warning: trouble with #9: file does not exist\n"} {
		if !strings.Contains(got, line) {
			t.Errorf("no %q in %q", line, got)
		}
	}
}

func TestNoQueue(t *testing.T) {
	got, code := output(t, t.TempDir())
	if want := "fatal: unable to chdir: file does not exist\n"; got != want || code != 111 {
		t.Errorf("%q %d, want %q", got, code, want)
	}
}

func FuzzRecords(f *testing.F) {
	f.Add("Fa@b\x00", "Tu@h\x00Dv@h\x00")
	f.Add("", "T")
	f.Fuzz(func(t *testing.T, info, local string) {
		got, _ := output(t, home(t, map[string]string{"mess/0/4": "x", "info/0/4": info, "local/0/4": local}))
		if strings.ContainsFunc(strings.NewReplacer("\n", "", "\t", "").Replace(got), func(r rune) bool { return r < ' ' || r > '~' }) {
			t.Errorf("%q", got)
		}
	})
}
