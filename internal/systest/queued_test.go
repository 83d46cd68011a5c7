package systest

import (
	"fmt"
	"net"
	"net/smtp"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"

	"qmailkit/internal/testhome"
)

// queueDaemon starts program as the home's qmail-queued, until the test's end.
func (s *system) queueDaemon(program string) {
	s.t.Helper()
	if _, err := os.Stat(program); err != nil {
		s.t.Skip("program not built: qmail-queued")
	}
	cmd := s.command("qmail-queued")
	cmd.Path = program
	cmd.Stderr = os.Stderr
	s.must(cmd.Start())
	s.t.Cleanup(func() {
		s.must(cmd.Process.Signal(syscall.SIGTERM))
		if err := cmd.Wait(); err != nil {
			s.t.Errorf("qmail-queued: %v", err)
		}
	})
	for {
		if conn, err := net.Dial("unix", s.home+"/run/queue"); err == nil {
			conn.Close()
			return
		}
		if syscall.Kill(cmd.Process.Pid, 0) != nil {
			s.t.Fatal("qmail-queued does not run")
		}
	}
}

// Mail of every kind, all of it through qmail-queued.
func TestQueued(t *testing.T) {
	everywhere(t, func(t *testing.T, s *system) {
		if private() {
			// There is no other way.
			other := filepath.Join(s.home, "bin/qmail-queue")
			s.must(os.Rename(other, other+".away"))
			t.Cleanup(func() { s.must(os.Rename(other+".away", other)) })
		}
		s.queueDaemon(filepath.Join(s.home, "bin/qmail-queued"))
		mailOfEveryKind(t, s)
	})
}

// load is how many messages come in while the queue changes hands, and how
// many of them side by side.
const (
	load = 240
	side = 4
)

// While messages come in by SMTP, through our qmail-smtpd-listen and qmail-queued,
// our qmail-send hands the queue over to C's and gets it back. Each message is
// delivered, and once; by ours straight from its todo entry.
func TestHandedOverUnderLoad(t *testing.T) {
	home, ours := reference(t)
	for _, name := range needed() {
		if ours[name] == "" {
			t.Skipf("program not built: %s", name)
		}
	}
	built := filepath.Dir(ours["qmail-queue"])
	all := testhome.Copy{Programs: ours}
	s := withUsers(t, home, all)
	s.queueDaemon(filepath.Join(built, "qmail-queued"))
	address := s.listener(filepath.Join(built, "qmail-smtpd-listen"))
	s.up()
	var group sync.WaitGroup
	for i := range side {
		group.Go(func() {
			for n := i; n < load; n += side {
				message := fmt.Sprintf("Subject: load %d.\r\n\r\nx\r\n", n)
				if err := smtp.SendMail(address, nil, "joe@test.example", []string{"ann@test.example"}, []byte(message)); err != nil {
					t.Errorf("%d: %v", n, err)
				}
			}
		})
	}
	has := func(n int) {
		t.Helper()
		s.await(fmt.Sprint(n, " messages"), func() bool { return len(s.box("ann")) >= n })
	}
	for i, next := range []testhome.Copy{{}, all, {}, all} {
		has(load / 8 * (i + 1))
		s.down()
		s.must(next.Remix(home))
		s.up()
	}
	group.Wait()
	s.idle()
	s.straight()
	s.down()
	box := strings.Join(s.box("ann"), "")
	for n := range load {
		if got := strings.Count(box, fmt.Sprintf("Subject: load %d.\n", n)); got != 1 {
			t.Errorf("message %d is there %d times", n, got)
		}
	}
}

// listener starts program as the home's qmail-smtpd-listen, until the test's
// end, and returns where it listens.
func (s *system) listener(program string) string {
	s.t.Helper()
	who := lookup(s.t, "qmaild")
	address := freeAddress(s.t)
	host, port := split(s.t, address)
	cmd := s.command("qmail-smtpd-listen", "-HRl0", "-u", strconv.Itoa(who.uid), "-g", strconv.Itoa(who.gid), host, port)
	cmd.Path, cmd.Stderr = program, os.Stderr
	s.must(cmd.Start())
	s.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	s.awaitServer("qmail-smtpd-listen", address)
	return address
}

// straight sends a message for which nothing is written but its todo entry: the
// folders of what else would be written stay as they are.
func (s *system) straight() {
	s.t.Helper()
	folders := func() (times []string) {
		for _, dir := range append(globbed(s.t, s.home+"/queue/info/*"), globbed(s.t, s.home+"/queue/local/*")...) {
			fi, err := os.Stat(dir)
			s.must(err)
			times = append(times, dir+fi.ModTime().String())
		}
		return times
	}
	before := folders()
	s.mail("straight", "ann@test.example")
	s.receives("ann", "Subject: straight")
	s.idle()
	if after := folders(); !slices.Equal(before, after) {
		s.t.Errorf("it was written down: %q, %q", before, after)
	}
}
