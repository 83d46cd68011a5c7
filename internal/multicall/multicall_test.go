package multicall

import (
	"errors"
	"os"
	"testing"

	"qmailkit/internal/cmd"
)

func TestChoose(t *testing.T) {
	find := func(name string) (string, func(*cmd.Proc) error) {
		switch name {
		case "forward", "mailq":
			return "called-" + name, func(*cmd.Proc) error { return nil }
		}
		return "", nil
	}
	args := os.Args
	defer func() { os.Args = args }()
	for _, c := range []struct{ executable, argv0, want string }{
		{"/home/bin/forward", "anything", "called-forward"},
		{"/home/bin/qmailkit", "bin/mailq", "called-mailq"},
		{"", "forward", "called-forward"},
		{"/home/bin/forward", "mailq", "called-forward"},
		{"/home/bin/qmailkit", "qmailkit", ""},
	} {
		os.Args = []string{c.argv0}
		name, run := choose(func() (string, error) {
			if c.executable == "" {
				return "", errors.ErrUnsupported
			}
			return c.executable, nil
		}, find)
		if name != c.want || (run == nil) != (c.want == "") {
			t.Errorf("%s as %s: %q", c.executable, c.argv0, name)
		}
	}
}
