package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/cmd"
)

// shown runs the program on a home of the ordinary user's kind with the given
// control files and returns its paragraphs by file name.
func shown(t *testing.T, files map[string]string) (paragraphs map[string]string, code int) {
	home := t.TempDir()
	os.MkdirAll(home+"/queue/mess/0", 0o755)
	os.Mkdir(home+"/control", 0o755)
	if os.Getuid() == 0 { // a home of root's is no single-user home
		for _, d := range []string{"", "/queue"} {
			if err := os.Chown(home+d, 65534, 65534); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(home, "control", name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	out, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	code, _ = cmd.Outcome("qmail-showctl", Run(&cmd.Proc{Name: "qmail-showctl", Home: home, Stdout: out}))
	b, _ := os.ReadFile(out.Name())
	paragraphs = map[string]string{}
	for _, p := range strings.Split(strings.TrimSuffix(string(b), "\n"), "\n\n") {
		name, text, _ := strings.Cut(p, ": ")
		paragraphs[name] = text
	}
	return paragraphs, code
}

func TestParagraphs(t *testing.T) {
	got, code := shown(t, map[string]string{
		"me": "m.example\n", "locals": "a\n# no\nb\x1b\n", "concurrencylocal": "99999999999\n", "idhost": "", "strange": "x",
		"morercpthosts": "x\n", "bouncemaxbytes": "50000\n", "bouncesubject": "no\x1b way\n",
	})
	if _, there := got["bouncemessage"]; there {
		t.Error("bouncemessage is not there and is described")
	}
	for name, want := range map[string]string{
		"me": "My name is m.example.", "helohost": "(Default.) SMTP client HELO host name is m.example.", "idhost": "Message-ID host name is .",
		"locals":            "\nMessages for a are delivered locally.\nMessages for b? are delivered locally.",
		"concurrencylocal":  "Local concurrency is 2147483647.",
		"concurrencyremote": "(Default.) Remote concurrency is 20.",
		"rcpthosts":         "(Default.) SMTP clients may send messages to any recipient.",
		"morercpthosts":     "\nNo rcpthosts; doesn't matter that morercpthosts has x.",
		"morercpthosts.cdb": "Oops! morercpthosts exists but morercpthosts.cdb doesn't.",
		"bouncemaxbytes":    "Bounces contain at most 50000 bytes of the message.",
		"bouncesubject":     "Bounce subject is no? way.",
		"strange":           "I have no idea what this file does.",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	if code != 0 || !strings.Contains(got["qmail home directory"], "\nsubdirectory split: 1.\n") {
		t.Errorf("%d %q", code, got["qmail home directory"])
	}
}

func TestNoControl(t *testing.T) {
	home := t.TempDir()
	out, err := os.Create(home + "/out")
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	s := &cmd.Proc{Name: "qmail-showctl", Home: home + "/none", Stdout: out}
	if code, _ := cmd.Outcome(s.Name, Run(s)); code != 111 {
		t.Errorf("exit %d without a home", code)
	}
}
