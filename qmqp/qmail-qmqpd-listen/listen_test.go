package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/listentest"
)

// homeVar makes the test's binary the program, with this home.
const homeVar = "QMAILKIT_TEST_HOME"

func TestMain(m *testing.M) {
	dir := os.Getenv(homeVar)
	if dir == "" {
		os.Exit(m.Run())
	}
	cmd.Main("qmail-qmqpd-listen", func(p *cmd.Proc) error {
		p.Home = dir
		return Run(p)
	})
}

// owner is whom root gives the home to, and the server so becomes.
const owner = 12345

// start starts the server in a home whose queueing program says yes, and
// returns that program's folder.
func start(t *testing.T, args ...string) (s *listentest.Server, queue string) {
	t.Helper()
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"q/": "", "queue/": ""})
	program := clitest.Script(t, home+"/queue.sh", `cat > "$Q/mess"; tr '\000' '\n' <&1 > "$Q/env"`)
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	binary, err := os.ReadFile(self)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(home+"/server", binary, 0o755); err != nil {
		t.Fatal(err)
	}
	os.Chmod(filepath.Dir(home), 0o755)
	if os.Getuid() == 0 {
		for _, name := range []string{"", "/q", "/queue"} {
			os.Chown(home+name, owner, owner)
		}
	}
	env := []string{homeVar + "=" + home, "Q=" + home + "/q", "QMAILQUEUE=" + program}
	return listentest.Start(t, env, append([]string{home + "/server", "-1HRl0"}, args...)...), home + "/q"
}

func TestServe(t *testing.T) {
	s, queue := start(t, "-v", "127.0.0.1", "0")
	s.Lines(1)
	if got := s.Ask("127.0.0.1", "33:5:hi\r\nx,3:a@b,3:c@d,3:e@f,0:,,"); got != "" {
		t.Errorf("%q", got)
	}
	if got, want := strings.Join(s.Lines(5), "\n"), " status 25600\nqmail-qmqpd-listen: status: 0/40"; !strings.HasSuffix(got, want) {
		t.Errorf("%s", got)
	}
	got := s.Ask("127.0.0.1", "23:5:hi\r\nx,3:a@b,3:c@d,0:,,")
	if !regexp.MustCompile(`^[0-9]+:Kok [0-9]+ qp [0-9]+,$`).MatchString(got) {
		t.Errorf("%q", got)
	}
	mess := clitest.Read(t, queue+"/mess")
	if !strings.HasPrefix(mess, "Received: from unknown (127.0.0.1)\n  by 0 with QMQP; ") || !strings.HasSuffix(mess, "\nhi\r\nx") {
		t.Errorf("%q", mess)
	}
	if got := clitest.Read(t, queue+"/env"); got != "Fa@b\nTc@d\nT\n\n" {
		t.Errorf("%q", got)
	}
	s.Cmd.Process.Signal(syscall.SIGHUP)
	if got := s.Ask("127.0.0.1", "23:5:hi\r\nx,3:a@b,3:c@d,0:,,"); !strings.Contains(got, ":Kok ") {
		t.Errorf("%q", got)
	}
	if code, _ := s.Rest(); code != 0 {
		t.Error(code)
	}
}

func TestUsage(t *testing.T) {
	for _, args := range []string{"", "0", "-s 0:1 0 0"} {
		got := clitest.Run(t, "qmail-qmqpd-listen", Run, clitest.World{Args: strings.Fields(args)})
		if got.Code != 100 || !strings.HasSuffix(got.Stderr, "qmail-qmqpd-listen: usage: "+usage+"\n") {
			t.Errorf("%s: %+v", args, got)
		}
	}
}
