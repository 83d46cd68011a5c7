package systest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
)

// ezmlmVar names the folder of ezmlm-idx's programs. What they keep in /etc
// must be where they were built for.
const ezmlmVar = "QMAILKIT_EZMLM"

// lists is mailing lists of joe's, run by ezmlm's own programs.
type lists struct {
	*system
	programs string
}

// TestMailingLists has ezmlm, as it comes, run lists on a system: it hears from
// qmail-local, sends by qmail-queue, has qmail-send make an address for each
// subscriber, and learns from what comes back to these who is gone.
func TestMailingLists(t *testing.T) {
	programs := os.Getenv(ezmlmVar)
	if programs == "" {
		if found, err := exec.LookPath("ezmlm-make"); err == nil {
			programs = filepath.Dir(found)
		} else {
			t.Skip(ezmlmVar + " names no folder of ezmlm's programs")
		}
	}
	everywhere(t, func(t *testing.T, s *system) {
		if !private() {
			t.Skip("the port of a name server is taken: ezmlm asks for DMARC records")
		}
		nameServer(t, nil, nil)
		s.env = []string{"QMAILHOME=" + s.home, "DNSCACHEIP=127.0.0.1"} // ezmlm-idx's variables
		s.sinks()
		s.up()
		l := &lists{s, programs}
		l.subscriptions()
		l.bounces()
		l.moderation()
		s.idle()
		s.down()
	})
}

// as runs one of ezmlm's programs as joe.
func (l *lists) as(name string, args ...string) string {
	l.t.Helper()
	cmd := exec.Command(filepath.Join(l.programs, name), args...)
	cmd.Dir = l.dir("joe")
	cmd.Env = append([]string{"PATH=/usr/bin:/bin"}, l.env...)
	if l.rootHere() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(l.person.uid), Gid: uint32(l.person.gid)}}
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		l.t.Fatalf("%s: %v\n%s", name, err, out)
	}
	return string(out)
}

// make makes the list joe-NAME in the folder NAME of joe's.
func (l *lists) make(name string, options ...string) (folder string) {
	l.t.Helper()
	folder = filepath.Join(l.dir("joe"), name)
	l.as("ezmlm-make", append(options, folder, filepath.Join(l.dir("joe"), ".qmail-"+name), "joe-"+name, "test.example")...)
	return folder
}

// letter is mail from one address to another.
func (l *lists) letter(from, to, subject string) {
	l.t.Helper()
	l.feed("From: "+from+"\nTo: "+to+"\nSubject: "+subject+"\n\nbody of "+subject+"\n", "qmail-inject", "-f"+from, to).succeeds()
}

var replyTo = regexp.MustCompile(`(?m)^Reply-To: <?([^ \n>]+)>?$`)

// answers returns the address that a letter wants to be answered at.
func (l *lists) answers(letter string) string {
	l.t.Helper()
	m := replyTo.FindStringSubmatch(letter)
	if m == nil {
		l.t.Fatalf("no address for answers in\n%s", letter)
	}
	return m[1]
}

// subscriptions has two people join, one here and one elsewhere, write, and
// one of them leave.
func (l *lists) subscriptions() {
	l.t.Helper()
	folder := l.make("list")
	l.letter("ann@test.example", "joe-list-subscribe@test.example", "in")
	l.letter("ann@test.example", l.answers(l.receives("ann", "Subject: confirm subscribe to joe-list@test.example")), "yes")
	l.receives("ann", "Subject: WELCOME to joe-list@test.example")
	l.letter("ann@test.example", "joe-list-subscribe-zed=far.example@test.example", "him too")
	l.letter("zed@far.example", l.answers(l.taken("far", "X-Rcpt-Args: <zed@far.example>", "Subject: confirm subscribe to joe-list@test.example")), "yes")
	l.taken("far", "X-Rcpt-Args: <zed@far.example>", "Subject: WELCOME to joe-list@test.example")
	if got := l.as("ezmlm-list", folder); got != "ann@test.example\nzed@far.example\n" && got != "zed@far.example\nann@test.example\n" {
		l.t.Fatalf("subscribed are %q", got)
	}

	l.letter("ann@test.example", "joe-list@test.example", "first post")
	l.receives("ann", "Return-Path: <joe-list-return-1-ann=test.example@test.example>\nDelivered-To: ann@test.example\n",
		"Delivered-To: mailing list joe-list@test.example\n", "body of first post")
	l.taken("far", "X-Mail-Args: <joe-list-return-1-zed=far.example@test.example>", "X-Rcpt-Args: <zed@far.example>", "body of first post")
	l.letter("ann@test.example", "joe-list-get.1@test.example", "again")
	l.receives("ann", "Subject: joe-list Digest of: get.1", "body of first post")
	l.letter("ann@test.example", "joe-list-help@test.example", "help")
	l.receives("ann", "Subject: Help for joe-list@test.example")

	l.letter("ann@test.example", "joe-list-unsubscribe@test.example", "out")
	l.letter("ann@test.example", l.answers(l.receives("ann", "Subject: confirm unsubscribe from joe-list@test.example")), "yes")
	l.receives("ann", "Subject: GOODBYE from joe-list@test.example")
	l.idle()
	if got := l.as("ezmlm-list", folder); got != "zed@far.example\n" {
		l.t.Errorf("subscribed are %q", got)
	}
}

// bounces has a subscriber whose host refuses all: the list warns him, asks
// once more, and lets him go.
func (l *lists) bounces() {
	l.t.Helper()
	folder := l.make("gone")
	const him = "him@sulky.example"
	l.as("ezmlm-sub", folder, him)
	l.letter("ann@test.example", "joe-gone@test.example", "unheard")
	recorded := func() []string { return globbed(l.t, filepath.Join(folder, "bounce/d/*/*")) }
	l.await("a bounce at the list", func() bool { return len(recorded()) > 0 })
	l.idle()
	// First the warning, then the probe; each comes back before the next.
	for range 2 {
		if got := l.as("ezmlm-list", folder); got != him+"\n" {
			l.t.Fatalf("subscribed are %q", got)
		}
		l.as("ezmlm-warn", "-t", "0", "-l", "0", folder)
		l.idle()
	}
	if got := l.as("ezmlm-list", folder); got != "" {
		l.t.Errorf("still subscribed: %q; %q", got, recorded())
	}
	if log := l.logText(); strings.Count(log, "to local joe-gone-return-") < 3 {
		l.t.Errorf("three bounces to the list were due:\n%s", log)
	}
}

// moderation has a post wait for joe's yes.
func (l *lists) moderation() {
	l.t.Helper()
	folder := l.make("held", "-m")
	l.as("ezmlm-sub", folder, "mod", "joe@test.example")
	l.as("ezmlm-sub", folder, "ann@test.example")
	l.letter("ann@test.example", "joe-held@test.example", "may I")
	request := l.receives("joe", "Subject: MODERATE for joe-held@test.example", "body of may I")
	if got := strings.Join(l.box("ann"), ""); strings.Contains(got, "body of may I") {
		l.t.Errorf("unasked: %q", got)
	}
	l.letter("joe@test.example", l.answers(request), "yes")
	l.receives("ann", "Return-Path: <joe-held-return-1-ann=test.example@test.example>", "body of may I")
}
