package showctlcmd

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/svc/umbrella"
)

func TestShowctl(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"queue/mess/0/": "", "control/me": "me.test\n", "control/locals": "a.test\nb.test\n", "control/odd": ""})
	if _, err := ids.Of(home).User(ids.Queue); err != nil {
		t.Skip(err)
	}
	call := func(args string) clitest.Result {
		return clitest.Run(t, "qmail", func(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) },
			clitest.World{Args: append([]string{"showctl"}, strings.Fields(args)...), Home: home})
	}
	if r := call("locals odd"); r.Code != 0 || r.Stdout != "\nlocals: \nMessages for a.test are delivered locally.\nMessages for b.test are delivered locally.\n\nodd: I have no idea what this file does.\n" {
		t.Errorf("%+v", r)
	}
	if r := call(""); !strings.HasPrefix(r.Stdout, "qmail home directory: "+home) || !strings.Contains(r.Stdout, "\nconcurrencylocal: (Default.)") {
		t.Errorf("%+v", r)
	}
	if r := call("--changed"); strings.Contains(r.Stdout, "(Default.)") || !strings.Contains(r.Stdout, "\nme: My name is me.test.") {
		t.Errorf("%+v", r)
	}
	var f facts
	if r := call("--json odd locals"); json.Unmarshal([]byte(r.Stdout), &f) != nil || len(f.Files) != 2 || len(f.Files[0].Says) != 2 || !f.Files[1].Unknown {
		t.Errorf("%+v %+v", r, f)
	}
}
