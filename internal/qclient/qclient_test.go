package qclient

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/cmd"
)

// world is a home whose bin/qmail-queue is the given shell script.
func world(t *testing.T, script string) *cmd.Proc {
	home := t.TempDir()
	os.Mkdir(filepath.Join(home, "bin"), 0o755)
	if script != "" {
		if err := os.WriteFile(filepath.Join(home, "bin/qmail-queue"), []byte("#!/bin/sh\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return &cmd.Proc{Home: home, Env: []string{"PATH=/bin:/usr/bin"}, Stderr: os.Stderr}
}

func send(t *testing.T, p *cmd.Proc, message string) error {
	m, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	m.WriteString(message)
	m.From("s@x")
	m.To("a@y")
	m.To("b@y")
	return m.Close()
}

func TestQueued(t *testing.T) {
	p := world(t, "cat >mess; cat <&1 >env")
	big := strings.Repeat("line\n", 100000)
	if err := send(t, p, big); err != nil {
		t.Fatal(err)
	}
	mess, _ := os.ReadFile(p.InHome("mess"))
	env, _ := os.ReadFile(p.InHome("env"))
	if string(mess) != big || string(env) != "Fs@x\x00Ta@y\x00Tb@y\x00\x00" {
		t.Errorf("%d bytes, envelope %q", len(mess), env)
	}
}

func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		script string
		want   Refusal
	}{
		{"exit 31", Refusal{true, "mail server permanently rejected message (#5.3.0)", 31}},
		{"exit 53", Refusal{false, "qq write error or disk full (#4.3.0)", 53}},
		{"exit 40", Refusal{true, "qq permanent problem (#5.3.0)", 40}},
		{"exit 41", Refusal{false, "qq temporary problem (#4.3.0)", 41}},
		{"kill -9 $$", Refusal{false, "qq crashed (#4.3.0)", 0}},
		{"printf 'Dno spam' >&6; exit 82", Refusal{true, "no spam", 82}},
		{"printf 'Dno spam: ' >&6; head -c 200000 /dev/zero | tr '\\0' x >&6 2>/dev/null; exit 82", Refusal{true, "no spam: " + strings.Repeat("x", 245), 82}},
		{"printf 'Zlater' >&4; exit 88", Refusal{false, "later", 88}},
		{"printf 'Zl' >&4; exit 88", Refusal{false, "qq temporary problem (#4.3.0)", 88}},
		{"printf 'Dignored' >&6; exit 53", Refusal{false, "qq write error or disk full (#4.3.0)", 53}},
		{"", Refusal{false, "unable to exec qq (#4.3.0)", 120}},
	} {
		err := send(t, world(t, c.script), "hello\n")
		var got *Refusal
		if !errors.As(err, &got) || *got != c.want {
			t.Errorf("%s: %+v, want %+v", c.script, got, c.want)
		}
	}
	p := world(t, "exit 0")
	p.Home += "/none"
	var got *Refusal
	if err := send(t, p, "x"); !errors.As(err, &got) || got.Exit != 61 {
		t.Errorf("without a home: %v", err)
	}
}

func TestProgram(t *testing.T) {
	p := world(t, "exit 81")
	p.Env = append(p.Env, "QMAILQUEUE=bin/other") // relative to the home, no search along PATH
	os.Rename(p.InHome("bin/qmail-queue"), p.InHome("bin/other"))
	var got *Refusal
	if err := send(t, p, "x"); !errors.As(err, &got) || got.Exit != 81 {
		t.Errorf("%v", err)
	}
}

// A message that was failed on purpose must not count as queued.
func TestFail(t *testing.T) {
	p := world(t, "cat >mess; cat <&1 >env")
	m, err := Open(p)
	if err != nil {
		t.Fatal(err)
	}
	m.WriteString("half")
	m.Fail()
	m.From("s@x")
	m.To("a@y")
	if err := m.Close(); err == nil {
		t.Error("queued")
	}
	if env, _ := os.ReadFile(p.InHome("env")); strings.HasSuffix(string(env), "\x00\x00") {
		t.Errorf("the envelope is whole: %q", env)
	}
}
