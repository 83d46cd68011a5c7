package systest

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/testhome"
)

// Messages are held, released, deleted and expired beside a running qmail-send.
func TestQueueCommands(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) { queueCommands(t, s, filepath.Join(s.home, "bin", "qmail")) })
}

// The same beside C's qmail-send.
func TestQueueCommandsReference(t *testing.T) {
	home, ours := reference(t)
	program := filepath.Join(filepath.Dir(ours["qmail-queue"]), "qmail")
	queueCommands(t, withUsers(t, home, testhome.Copy{}), program)
}

func queueCommands(t *testing.T, s *system, program string) {
	queue := func(args ...string) {
		t.Helper()
		cmd := s.command(program, append([]string{"queue"}, args...)...)
		cmd.Path = program
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("qmail queue %q: %v\n%s", args, err, out)
		}
	}
	const now, later = "./Maildir/\n", "|exit 111\n"
	s.dotQmail("joe", "later", later)
	s.dotQmail("joe", "gone", later)
	s.dotQmail("joe", "old", later)
	s.up()
	for _, name := range []string{"later", "gone", "old"} {
		s.mail(name, "joe-"+name+"@test.example")
		s.await("a deferral", func() bool { return strings.Contains(s.logText(), "joe-"+name+"@") })
	}
	s.await("three deferrals", func() bool { return strings.Count(s.logText(), ": deferral: ") == 3 })
	s.await("nothing to be under way", func() bool { return strings.HasSuffix(s.logText(), "status: local 0/10 remote 0/20\n") })

	queue("hold", "--sender", "joe@test.example", "--text", "subject: later")
	queue("delete", "--text", "Subject: gone")
	queue("expire", "--text", "Subject: old")
	for _, name := range []string{"later", "gone"} {
		s.dotQmail("joe", name, now)
	}
	s.signal(syscall.SIGALRM)
	s.logged(`^warning: trouble opening local/\d+/\d+; will try again later$`)
	s.receives("joe", "<joe-old@test.example>:\n", "body of old")
	s.await("the two others to end", func() bool { return strings.Count(s.logText(), "end msg ") == 3 })
	if text := s.logText(); strings.Count(text, ": success: did_1+0+0/") != 1 {
		t.Errorf("more was delivered than the bounce:\n%s", text)
	}
	queue("release", "--all")
	s.signal(syscall.SIGALRM)
	s.receives("joe", "Subject: later\n", "body of later")
	s.idle()
	s.down()
	if n := len(s.box("joe")); n != 2 {
		t.Errorf("joe has %d messages, not 2:\n%s", n, s.logText())
	}
}
