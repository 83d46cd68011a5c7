package sendcmd

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
)

func call(t *testing.T, inject string, args ...string) clitest.Result {
	t.Helper()
	home := t.TempDir()
	if inject != "" {
		clitest.Script(t, filepath.Join(home, "bin/qmail-inject"), inject)
	}
	return clitest.Run(t, "qmail", func(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) },
		clitest.World{Args: append([]string{"send"}, args...), Home: home, Input: "input\n"})
}

func TestSend(t *testing.T) {
	const show = `echo "$@"; cat`
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"a@b"}, "-a -- a@b\nTo: a@b\n\ninput\n"},
		{[]string{"a@b", "-c", "--subject", "x y", "--text", "hi"}, ""},
		{[]string{"a@b", "c@d", "--subject", "x y", "--text", "hi"}, "-a -- a@b c@d\nTo: a@b, c@d\nSubject: x y\n\nhi\n"},
		{[]string{"a@b", "--cc", "e@f", "--bcc", "g@h", "--from", "i@j", "--sender", "k@l"}, "-a -fk@l -- a@b e@f g@h\nTo: a@b\nFrom: i@j\nCc: e@f\n\ninput\n"},
		{[]string{"a@b", "--message", "--sender", ""}, "-a -f -- a@b\ninput\n"},
		{[]string{"-n", "a@b"}, "-a -n -- a@b\nTo: a@b\n\ninput\n"},
	} {
		r := call(t, show, c.args...)
		if c.want == "" && r.Code != 100 || c.want != "" && (r.Code != 0 || r.Stdout != c.want) {
			t.Errorf("%q: %+v", c.args, r)
		}
	}
}

func TestTrouble(t *testing.T) {
	for _, c := range []struct {
		inject string
		args   []string
		code   int
		stderr string
	}{
		{"", []string{"a@b"}, 111, "qmail: fatal: unable to run qmail-inject: "},
		{"echo no >&2; exit 91", []string{"a@b"}, 91, "no\n"},
		{"", nil, 100, "qmail: to whom?\n"},
		{"", []string{"a@b", "--subject", "x\nBcc: y"}, 100, "more than one line"},
		{"", []string{"a@b\nBcc: y"}, 100, "more than one line"},
		{"", []string{"a@b", "--message", "--subject", "x"}, 100, "no header yet"},
	} {
		if r := call(t, c.inject, c.args...); r.Code != c.code || !strings.Contains(r.Stderr, c.stderr) {
			t.Errorf("%q: %+v", c.args, r)
		}
	}
}
