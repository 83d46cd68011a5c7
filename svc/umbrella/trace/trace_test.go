package trace

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/testhome"
	"qmailkit/svc/umbrella"
)

// home makes a home whose addresses belong to this process's user, with
// qmail-newu, qmail-local and qmail-getpw in it.
func home(t *testing.T) string {
	t.Helper()
	if os.Geteuid() == 0 {
		t.Skip("nothing is delivered as root; internal/systest compares traces with deliveries")
	}
	dir := t.TempDir()
	root, err := testhome.Module()
	if err != nil {
		t.Fatal(err)
	}
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags", "-X qmailkit/internal/home.dir="+dir, "-o", dir+"/bin/",
		"./local/qmail-newu", "./local/qmail-local", "./local/qmail-getpw")
	build.Dir = root
	clitest.Files(t, dir, map[string]string{
		"bin/": "", "queue/": "", "control/me": "here.test\n", "control/locals": "# mine\nhere.test\n", "control/virtualdomains": "virt.test:joe-v\n",
		"control/smtproutes": "far.test:relay.test:26\n", "joe/.qmail": "&joe-x@here.test\n", "joe/.qmail-x": "./Maildir/\n|echo\n",
		"joe/.qmail-v-a": "&b@far.test\n&loop@virt.test\n", "joe/.qmail-v-loop": "&a@virt.test\n",
		"users/assign": fmt.Sprintf("=joe:joe:%d:%d:%s/joe:::\n+joe-:joe:%[1]d:%[2]d:%[3]s/joe:-::\n.\n", os.Getuid(), os.Getgid(), dir),
	})
	for _, c := range []*exec.Cmd{build, exec.Command(dir + "/bin/qmail-newu")} {
		if out, err := c.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
	}
	return dir
}

func called(t *testing.T, home string, args ...string) clitest.Result {
	return clitest.Run(t, "qmail", func(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) },
		clitest.World{Args: append([]string{"trace"}, args...), Home: home})
}

func TestLocal(t *testing.T) {
	dir := home(t)
	for args, want := range map[string]struct {
		code int
		text []string
	}{
		"joe@here.test":    {0, []string{"control/locals:2: here.test is local", "users/assign:1: belongs to joe", "/joe/.qmail says", "forward joe-x@here.test", "    maildir ./Maildir/"}},
		"joe-x@HERE.test":  {0, []string{"users/assign:2", "program echo", "delivered"}},
		"a@virt.test":      {1, []string{"control/virtualdomains:1: virtual: joe-v- is put before it", "to relay.test:26", "in a circle"}},
		"joe-no@here.test": {1, []string{"bounced: Sorry, no mailbox here by that name. (#5.1.1)"}},
		"--no-follow joe":  {0, []string{"control/me, for want of control/envnoathost: it has no host", "forward joe-x"}},
	} {
		r := called(t, dir, strings.Fields(args)...)
		for _, text := range want.text {
			if !strings.Contains(r.Stdout, text) {
				t.Errorf("%s: no %q in\n%s%s", args, text, r.Stdout, r.Stderr)
			}
		}
		if r.Code != want.code {
			t.Errorf("%s: exit %d", args, r.Code)
		}
	}
}

func TestRemote(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{
		"control/me": "here.test\n", "control/virtualdomains": "x.far.test:\n.far.test:joe\n", "control/percenthack": "here.test\n",
		"control/smtproutes": "far.test:relay.test:26\nbad.test:x:port\n",
	})
	for address, want := range map[string][]string{
		"a@far.test":             {"control/smtproutes: to relay.test:26 instead of the MX hosts of far.test", "sent"},
		"a@x.far.test":           {"control/virtualdomains:1: an exception", "DNS: to the MX hosts of x.far.test, port 25"},
		"a%other.test@here.test": {"control/percenthack:1: the percent sign is for here.test: a@other.test"},
	} {
		r := called(t, dir, address)
		for _, text := range want {
			if r.Code != 0 || !strings.Contains(r.Stdout, text) {
				t.Errorf("%s: no %q in %d\n%s%s", address, text, r.Code, r.Stdout, r.Stderr)
			}
		}
	}
	if r := called(t, dir, "a@bad.test"); r.Code != 1 || !strings.Contains(r.Stdout, "waits: ") {
		t.Errorf("%+v", r)
	}
	if r := called(t, dir, "--json", "a@far.test"); !strings.Contains(r.Stdout, `"relay": "relay.test:26"`) {
		t.Errorf("%+v", r)
	}
	if r := called(t, dir); r.Code != 100 {
		t.Errorf("%+v", r)
	}
	os.RemoveAll(filepath.Join(dir, "control"))
	if r := called(t, dir, "a@b"); r.Code != 111 || !strings.Contains(r.Stderr, "neither control/locals nor control/me") {
		t.Errorf("%+v", r)
	}
}
