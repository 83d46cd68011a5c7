package systest

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/testhome"
)

func (s *system) rootHere() bool { return os.Geteuid() == 0 }

func TestLocal(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		s.up()
		s.mail("hello", "ann@test.example")
		got := s.receives("ann", "Subject: hello", "body of hello")
		for _, line := range []string{"Return-Path: <joe@test.example>\nDelivered-To: ann@test.example\nReceived: (qmail "} {
			if !strings.HasPrefix(got, line) {
				t.Errorf("the message does not begin with %q:\n%s", line, got)
			}
		}
		for _, line := range []string{`^new msg \d+$`, `^info msg \d+: bytes \d+ from <joe@test\.example> qp \d+ uid \d+$`,
			`^starting delivery 1: msg \d+ to local ann@test\.example$`, `^status: local 1/10 remote 0/20$`,
			`^delivery 1: success: did_1\+0\+0/$`, `^status: local 0/10 remote 0/20$`, `^end msg \d+$`} {
			s.logged(line)
		}
		s.idle()
		s.down()
	})
}

func TestForwardAndProgram(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		s.dotQmail("joe", "on", "# a comment\n&ann@test.example\n")
		s.dotQmail("joe", "run", "|cat >caught && echo \"$SENDER $EXT\" >>caught\n./Maildir/\n")
		s.dotQmail("joe", "no", "|echo not for you; exit 100\n")
		s.up()
		s.mail("one", "joe-on@test.example")
		if got := s.receives("ann", "Subject: one"); !strings.Contains(got, "Delivered-To: joe-on@test.example\n") {
			t.Errorf("the forwarder left no trace:\n%s", got)
		}
		s.mail("two", "joe-run@test.example")
		s.receives("joe", "Subject: two")
		s.holds("the program's file", filepath.Join(s.dir("joe"), "caught"), "body of two\njoe@test.example run\n")
		s.mail("three", "joe-no@test.example")
		s.receives("joe", "<joe-no@test.example>:\nnot for you\n", "body of three")
		s.idle()
		s.down()
	})
}

// moved is the machine's passwd file with other home folders.
func moved(t *testing.T, homes map[string]string) []byte {
	data, err := os.ReadFile("/etc/passwd")
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for line := range strings.Lines(string(data)) {
		f := strings.Split(line, ":")
		if dir, ok := homes[f[0]]; ok && len(f) == 7 {
			f[5] = dir
		}
		out.WriteString(strings.Join(f, ":"))
	}
	return []byte(out.String())
}

// Without users/assign a user gets mail in the home folder that passwd says.
func TestPasswdUser(t *testing.T) {
	if !private() {
		t.Skipf("it puts another file over /etc/passwd: %v", testhome.NoPrivate())
	}
	home := installed(t)
	s := withUsers(t, home, testhome.Copy{})
	passwd := filepath.Join(s.peers, "passwd")
	s.must(os.WriteFile(passwd, moved(t, map[string]string{"joe": s.dir("joe"), "alias": home + "/alias"}), 0o644))
	s.must(testhome.MountFile(passwd, "/etc/passwd"))
	t.Cleanup(func() { testhome.Unmount("/etc/passwd") })
	s.empty("users/*")
	s.write("alias/.qmail-postmaster", "&joe\n")
	s.up()
	s.mail("hello", "joe@test.example")
	s.receives("joe", "Subject: hello")
	s.mail("help", "postmaster@test.example")
	s.receives("joe", "Subject: help", "Delivered-To: postmaster@test.example")
	s.mail("none", "nosuch@test.example")
	s.receives("joe", "no mailbox here by that name. (#5.1.1)")
	s.idle()
	s.down()
}

func TestRemote(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		s.sinks()
		s.up()
		s.mail("out", "x@far.example", "y@far.example")
		s.taken("far", "X-Mail-Args: <joe@test.example>", "X-Rcpt-Args: <x@far.example>", "body of out")
		s.taken("far", "X-Rcpt-Args: <y@far.example>", "body of out")
		s.logged(`^delivery \d+: success: 127\.0\.0\.2_accepted_message\./Remote_host_said:_250_`)
		s.idle()
		s.down()
	})
}

// The way to a host that no route names is its MX record.
func TestMailExchanger(t *testing.T) {
	if !private() {
		t.Skipf("it needs port 53 and a resolv.conf of its own: %v", testhome.NoPrivate())
	}
	everywhere(t, func(t *testing.T, s *system) {
		conf := filepath.Join(s.peers, "resolv.conf")
		s.must(os.WriteFile(conf, []byte("nameserver 127.0.0.1\n"), 0o644))
		s.must(testhome.MountFile(conf, "/etc/resolv.conf"))
		t.Cleanup(func() { testhome.Unmount("/etc/resolv.conf") })
		nameServer(t, map[string]string{"away.example.": "mx.away.example."},
			map[string][4]byte{"mx.away.example.": {127, 0, 0, 3}})
		s.sink("away", "127.0.0.3:25")
		s.up()
		s.mail("exchanged", "x@away.example", "y@nowhere.example")
		s.taken("away", "X-Rcpt-Args: <x@away.example>", "body of exchanged")
		s.receives("joe", "<y@nowhere.example>:\n", "couldn't find any host named nowhere.example. (#5.1.2)")
		s.idle()
		s.down()
	})
}

func TestBounces(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		s.sinks()
		s.write("alias/.qmail-postmaster", "&ann@test.example\n")
		s.up()
		s.mail("nobody", "nosuch@test.example")
		s.receives("joe", "Return-Path: <>\n", "From: MAILER-DAEMON@test.example\nTo: joe@test.example\nSubject: failure notice\n",
			"<nosuch@test.example>:\nSorry, no mailbox here by that name. (#5.1.1)\n",
			"--- Below this line is a copy of the message.", "body of nobody")
		s.mail("refused", "x@sulky.example")
		s.receives("joe", "<x@sulky.example>:\n127.0.0.2 does not like recipient.\nRemote host said: 5", "body of refused")
		// A bounce that bounces goes to the postmaster.
		s.mailFrom("gone@test.example", "double", "nosuch@test.example")
		s.receives("ann", "Return-Path: <#@[]>\n", "<gone@test.example>:\n", "body of double")
		s.logged(`^bounce msg \d+ qp \d+$`)
		s.idle()
		s.down()
	})
}

func TestDeferredAndAlarm(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		s.sinks()
		s.up()
		s.mail("later", "x@busy.example")
		s.logged(`^delivery 1: deferral: 127\.0\.0\.2_does_not_like_recipient\./Remote_host_said:_4`)
		s.logged(`(?s)deferral.*^status: local 0/10 remote 0/20$`)
		s.control("smtproutes", "busy.example:127.0.0.2:2525\n")
		s.signal(syscall.SIGALRM)
		s.taken("far", "X-Rcpt-Args: <x@busy.example>", "body of later")
		s.idle()
		s.down()
	})
}

// A list with an owner gives each recipient an envelope sender of its own. Our
// own bounces go to the one that is nobody's.
func TestList(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		s.sinks()
		s.dotQmail("ann", "list", "&x@far.example\n&y@sulky.example\n&nosuch@test.example\n")
		s.dotQmail("ann", "list-owner", "./Maildir/\n")
		s.dotQmail("ann", "list-owner-default", "./Maildir/\n")
		s.up()
		s.mail("news", "ann-list@test.example")
		s.taken("far", "X-Mail-Args: <ann-list-owner-x=far.example@test.example>", "X-Rcpt-Args: <x@far.example>", "body of news")
		s.receives("ann", "Delivered-To: ann-list-owner-@test.example\n", "<y@sulky.example>:\n", "<nosuch@test.example>:\n")
		s.idle()
		s.down()
	})
}

func TestHangupReadsControlFiles(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		s.sinks()
		s.control("smtproutes", ":127.0.0.2:2525\n")
		s.up()
		s.mail("before", "ann@new.example")
		s.taken("far", "X-Rcpt-Args: <ann@new.example>", "body of before")
		s.control("locals", "test.example\nnew.example\n")
		s.control("virtualdomains", "v.example:ann\n")
		s.signal(syscall.SIGHUP)
		// Nothing tells when it has read them.
		s.await("a delivery by the new files", func() bool {
			s.mail("after", "ann@new.example")
			s.idle()
			return len(s.box("ann")) > 0
		})
		s.dotQmail("ann", "default", "./Maildir/\n")
		s.mail("virtual", "any@v.example")
		s.receives("ann", "Subject: virtual", "Delivered-To: ann-any@v.example")
		s.idle()
		s.down()
	})
}

// What was queued while qmail was down is delivered when it is up again, and
// what a delivery was busy with at TERM is finished before the end.
func TestTermAndRestart(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		s.dotQmail("joe", "slow", "|cat started >/dev/null; cat go >/dev/null; cat >slow\n")
		started, free := filepath.Join(s.dir("joe"), "started"), filepath.Join(s.dir("joe"), "go")
		for _, fifo := range []string{started, free} {
			s.must(syscall.Mkfifo(fifo, 0o666), os.Chown(fifo, s.person.uid, s.person.gid))
		}
		s.mail("early", "ann@test.example")
		s.up()
		s.receives("ann", "Subject: early")
		s.mail("slow", "joe-slow@test.example")
		open := func(fifo string) { // returns when the program reads it
			s.await("the program", func() bool {
				f, err := os.OpenFile(fifo, os.O_WRONLY|syscall.O_NONBLOCK, 0)
				if err == nil {
					f.Close()
				}
				return err == nil
			})
		}
		open(started)
		s.signal(syscall.SIGTERM)
		s.mail("late", "ann@test.example")
		open(free)
		s.ends()
		s.holds("the slow program's file", filepath.Join(s.dir("joe"), "slow"), "body of slow")
		s.up()
		s.receives("ann", "Subject: late")
		s.idle()
		s.down()
		if n := len(s.box("ann")); n != 2 {
			t.Errorf("ann has %d messages, not 2", n)
		}
	})
}

// One qmail-send at a time.
func TestSecondQmailSend(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		s.up()
		r := s.run("qmail-start", "./Maildir/")
		if r.code != 111 || !strings.Contains(r.out, "cannot start: qmail-send is already running") {
			t.Errorf("a second qmail-send: exit %d, %q", r.code, r.out)
		}
		s.mail("still here", "ann@test.example")
		s.receives("ann", "Subject: still here")
		s.idle()
		s.down()
	})
}
