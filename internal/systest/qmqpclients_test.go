package systest

import (
	"os/exec"
	"strings"
	"testing"

	"qmailkit/internal/testhome"
)

const qmqpPort = ":628"

// queueThere has qmail-inject hand a message to qmail-qmqpc: a mini-qmail.
func (s *system) queueThere(subject, to string) ran {
	s.t.Helper()
	cmd := s.command("qmail-inject", "-a", "-fjoe@test.example", "--", to)
	cmd.Env = append(cmd.Env, "QMAILQUEUE="+s.home+"/bin/qmail-qmqpc")
	cmd.Stdin = strings.NewReader("Subject: " + subject + "\n\n.dots\n..\n")
	out, err := cmd.CombinedOutput()
	if err != nil && cmd.ProcessState == nil {
		s.t.Fatal(err)
	}
	return ran{s, "qmail-inject", cmd.ProcessState.ExitCode(), string(out)}
}

// A mini-qmail: several QMQP servers, of which some are down.
func TestMiniQmail(t *testing.T) {
	if s := withUsers(t, installed(t), testhome.Copy{}); s.rootHere() {
		s.serve("127.0.0.8"+qmqpPort, "qmaild", nil, "qmail-qmqpd")
		s.up()
		s.control("qmqpservers", "127.0.0.6\n127.0.0.7\n127.0.0.8\n")
		s.queueThere("third", "ann@test.example").succeeds()
		if got := s.receives("ann", "Subject: third", "\n.dots\n..\n"); !strings.Contains(got, "with QMQP") {
			t.Errorf("another way:\n%s", got)
		}
		s.control("qmqpservers", "127.0.0.6\n127.0.0.7\n")
		if r := s.queueThere("none", "ann@test.example"); r.code != 111 || !strings.Contains(r.out, "connection") {
			t.Errorf("all are down: %d %q", r.code, r.out)
		}
		s.idle()
		s.down()
	} else {
		t.Skip("only root may listen at QMQP's port")
	}
}

// Postfix's QMQP programs and ours.
func TestQMQPPeers(t *testing.T) {
	s := withUsers(t, installed(t), testhome.Copy{})
	if !s.rootHere() {
		t.Skip("only root may listen at QMQP's port")
	}
	t.Run("qmqp-source", func(t *testing.T) {
		foreign(t, "qmqp-source")
		s.dotQmail("ann", "bulk", "./Maildir/\n")
		address := s.serve("127.0.0.1:0", "qmaild", nil, "qmail-qmqpd")
		s.up()
		if code, out := s.says("", "qmqp-source", "-s", "4", "-m", "20", "-l", "3000", "-f", "joe@test.example", "-t", "ann-bulk@test.example", address); code != 0 {
			t.Fatalf("%d %s", code, out)
		}
		s.await("20 messages", func() bool { return len(s.box("ann")) == 20 })
		s.down()
	})
	t.Run("qmqp-sink", func(t *testing.T) {
		sink := exec.Command(foreign(t, "qmqp-sink"), "127.0.0.9"+qmqpPort, "100")
		s.must(sink.Start())
		defer func() { sink.Process.Kill(); sink.Wait() }()
		s.control("qmqpservers", "127.0.0.9\n")
		s.await("qmqp-sink", func() bool { return s.queueThere("sink", "u@far.example").code == 0 })
	})
	t.Run("qmqpd", func(t *testing.T) {
		foreign(t, "postfix")
		p := startPostfix(s)
		s.control("qmqpservers", "127.0.0.1\n")
		s.queueThere("to Postfix", "u@post.example").succeeds()
		p.delivers("Subject: to Postfix", "with QMQP", "\n.dots\n..\n")
	})
}
