package systest

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"qmailkit/internal/killtest"
	"qmailkit/internal/testhome"
)

// swapped are the programs that may be exchanged one by one on a live system.
func swapped() []string {
	return []string{"qmail-queue", "qmail-send", "qmail-lspawn", "qmail-rspawn", "qmail-clean", "qmail-local",
		"qmail-remote", "qmail-start", "qmail-inject"}
}

// reference returns the home of the C programs and our programs, built for
// that home, by name. The home itself is only ever seen through a copy.
func reference(t *testing.T) (home string, ours map[string]string) {
	t.Helper()
	home = os.Getenv(testhome.Reference)
	if home == "" {
		t.Skip(testhome.Reference + " names no home of the C programs")
	}
	if !private() {
		t.Skip(testhome.NoPrivate())
	}
	out := killtest.Dir(t)
	if err := testhome.Build(home, out); err != nil {
		t.Fatal(err)
	}
	ours = map[string]string{}
	for _, path := range globbed(t, filepath.Join(out, "bin/*")) {
		name := filepath.Base(path)
		if _, err := os.Stat(filepath.Join(home, "bin", name)); err == nil {
			ours[name] = path
		}
	}
	return home, ours
}

func globbed(t *testing.T, pattern string) []string {
	names, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestSwap exchanges one program of an installation for its counterpart, and
// sends mail of every kind.
func TestSwap(t *testing.T) {
	home, ours := reference(t)
	for _, name := range swapped() {
		file, built := ours[name]
		t.Run("ours/"+name, func(t *testing.T) {
			if !built {
				t.Skip("program not built")
			}
			mailOfEveryKind(t, withUsers(t, home, testhome.Copy{Programs: map[string]string{name: file}}))
		})
		t.Run("theirs/"+name, func(t *testing.T) {
			programs := map[string]string{}
			for n, f := range ours {
				if n != name {
					programs[n] = f
				}
			}
			mailOfEveryKind(t, withUsers(t, home, testhome.Copy{Programs: programs}))
		})
	}
}

func mailOfEveryKind(t *testing.T, s *system) {
	s.sinks()
	s.dotQmail("joe", "on", "&ann@test.example\n")
	s.dotQmail("joe", "run", "|cat >caught\n")
	s.up()
	s.mail("local", "ann@test.example")
	s.mail("forwarded", "joe-on@test.example")
	s.mail("program", "joe-run@test.example")
	s.mail("remote", "x@far.example")
	s.mail("bounced", "nosuch@test.example")
	s.mail("refused", "x@sulky.example")
	s.mail("deferred", "x@busy.example")
	s.receives("ann", "Subject: local", "Return-Path: <joe@test.example>\nDelivered-To: ann@test.example\n")
	s.receives("ann", "Subject: forwarded", "Delivered-To: joe-on@test.example\n")
	s.holds("the program's file", filepath.Join(s.dir("joe"), "caught"), "body of program")
	s.taken("far", "X-Rcpt-Args: <x@far.example>", "body of remote")
	s.receives("joe", "<nosuch@test.example>:\nSorry, no mailbox here by that name. (#5.1.1)", "body of bounced")
	s.receives("joe", "<x@sulky.example>:\n", "body of refused")
	s.logged(`deferral: 127\.0\.0\.2_does_not_like_recipient`)
	s.control("smtproutes", "busy.example:127.0.0.2:2525\n")
	s.logged(`(?s)deferral.*^status: local 0/10 remote 0/20$`)
	s.signal(syscall.SIGALRM)
	s.taken("far", "X-Rcpt-Args: <x@busy.example>", "body of deferred")
	s.idle()
	s.down()
}

// TestQueueHandedOver leaves one side's queue, with mail in every state, to
// the other.
func TestQueueHandedOver(t *testing.T) {
	home, ours := reference(t)
	all := testhome.Copy{Programs: ours}
	for _, name := range needed() {
		if ours[name] == "" {
			t.Skipf("program not built: %s", name)
		}
	}
	t.Run("from ours", func(t *testing.T) { handOver(t, home, all, all, testhome.Copy{}) })
	t.Run("from theirs", func(t *testing.T) { handOver(t, home, all, testhome.Copy{}, all) })
}

func handOver(t *testing.T, home string, mounted, first, second testhome.Copy) {
	s := withUsers(t, home, mounted)
	s.must(first.Remix(home))
	s.sinks()
	s.up()
	s.mail("half done", "x@busy.example", "y@sulky.example", "ann@test.example")
	s.receives("ann", "body of half done")
	s.logged(`failure: 127\.0\.0\.2_does_not_like_recipient`)
	s.logged(`deferral: 127\.0\.0\.2_does_not_like_recipient`)
	s.down()
	s.mail("not begun", "ann@test.example", "z@far.example")
	if got := globbed(t, filepath.Join(home, "queue/bounce/*")); len(got) != 1 {
		t.Errorf("there is no bounce text to hand over, but %q", got)
	}
	s.must(second.Remix(home))
	s.control("smtproutes", ":127.0.0.2:2525\n")
	s.up()
	s.receives("ann", "body of not begun")
	s.taken("far", "X-Rcpt-Args: <z@far.example>", "body of not begun")
	s.signal(syscall.SIGALRM)
	s.taken("far", "X-Rcpt-Args: <x@busy.example>", "body of half done")
	s.receives("joe", "<y@sulky.example>:\n", "body of half done")
	s.idle()
	s.down()
	if n := len(s.box("ann")); n != 2 {
		t.Errorf("ann has %d messages, not 2", n)
	}
}
