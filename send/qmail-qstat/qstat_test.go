package main

import (
	"os"
	"path/filepath"
	"testing"

	"qmailkit/internal/cmd"
)

func TestRun(t *testing.T) {
	home := t.TempDir()
	for _, name := range []string{"mess/0/23", "mess/1/24", "mess/1/47", "todo/24", "todo/1/47"} {
		path := filepath.Join(home, "queue", name)
		os.MkdirAll(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := os.Create(filepath.Join(home, "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	p := &cmd.Proc{Name: "qmail-qstat", Home: home, Stdout: out}
	if err := Run(p); err != nil {
		t.Fatal(err)
	}
	got, _ := os.ReadFile(out.Name())
	if want := "messages in queue: 3\nmessages in queue but not yet preprocessed: 2\n"; string(got) != want {
		t.Errorf("%q, want %q", got, want)
	}
	p.Home += "/none"
	code, text := cmd.Outcome(p.Name, Run(p))
	if want := "qmail-qstat: fatal: unable to read queue/mess: file does not exist\n"; code != 111 || text != want {
		t.Errorf("%d %q, want %q", code, text, want)
	}
}
