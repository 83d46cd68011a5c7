package check

import (
	"encoding/json"
	"net/netip"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/svc/umbrella"
)

// Nothing is found in an installation in good order, and each fault in one
// that is in good order but for it.
func TestFaults(t *testing.T) {
	kinds := map[string]bool{}
	for _, f := range faults() {
		kinds[f.name] = true
	}
	if len(kinds) < 60 || len(kinds) != len(faults()) {
		t.Errorf("there are %d faults", len(kinds))
	}
	t.Run("single", func(t *testing.T) { seeded(t, true) })
	t.Run("users", func(t *testing.T) {
		if os.Geteuid() != 0 {
			t.Skip("only root can make homes that have users of their own")
		}
		if _, err := ids.Of(t.TempDir()).Users(ids.Alias, ids.Daemon, ids.Log, ids.Passwd, ids.Queue, ids.Remote, ids.Send); err != nil {
			t.Skip(err)
		}
		seeded(t, false)
	})
}

func seeded(t *testing.T, single bool) {
	h, localProgram := newHouse(t, single)
	h.build(localProgram)
	for _, f := range Check(h.world).Findings {
		t.Errorf("in good order: %+v", f)
	}
	h.down()
	for _, f := range faults() {
		if f.users && single || f.root && os.Geteuid() != 0 {
			continue
		}
		t.Run(f.name, func(t *testing.T) {
			h.t = t
			h.build(localProgram)
			f.do(h)
			report := Check(h.world)
			h.down()
			i := slices.IndexFunc(report.Findings, func(g Finding) bool { return g.Kind == f.kind })
			if i < 0 {
				t.Fatalf("not found: %+v", report)
			}
			found := report.Findings[i]
			if found.Risk == f.note || found.Where == "" || found.What == "" || found.Why == "" || found.Mend == "" {
				t.Errorf("%+v", found)
			}
			if f.where != "" && !strings.Contains(found.Where, f.where) {
				t.Errorf("found at %s, not at %s", found.Where, f.where)
			}
			if f.alone && len(report.Findings) > 1 {
				t.Errorf("more than that: %+v", report.Findings)
			}
		})
	}
}

// A DNS that does not answer is told, and nothing is made up.
func TestNoResolver(t *testing.T) {
	h, localProgram := newHouse(t, true)
	h.build(localProgram)
	defer h.down()
	h.dns.soft = true
	report := Check(h.world)
	if len(report.Findings) > 0 || len(report.Skipped) != 1 || !strings.Contains(report.Skipped[0], "no name server answers") {
		t.Errorf("%+v", report)
	}
	h.world.Resolver = nil
	if report := Check(h.world); len(report.Findings)+len(report.Skipped) > 0 {
		t.Errorf("%+v", report)
	}
	h.dns.soft = false
	h.world.Resolver, h.world.Patience = sleeper{&h.dns, make(chan struct{})}, time.Millisecond
	if report := Check(h.world); len(report.Skipped) != 1 || !strings.Contains(report.Skipped[0], "in time") {
		t.Errorf("%+v", report)
	}
}

// sleeper is a resolver that never answers.
type sleeper struct {
	*fakeDNS
	never chan struct{}
}

func (s sleeper) PTR(netip.Addr) (string, error) { <-s.never; return "", nil }

// The command prints what endangers mail first, and JSON where it is wanted.
func TestCommand(t *testing.T) {
	h, localProgram := newHouse(t, true)
	h.build(localProgram)
	defer h.down()
	call := func(args string) clitest.Result {
		return clitest.Run(t, "qmail", func(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) },
			clitest.World{Args: append([]string{"check", "--no-dns", "--no-services"}, strings.Fields(args)...), Home: h.home})
	}
	if r := call(""); r.Code != 0 || !strings.HasPrefix(r.Stdout, "No mail is at risk; 0 notes; ") {
		t.Errorf("%+v", r)
	}
	h.file("control/plusdomain", "example.org\nsecond\n")
	h.file("control/concurrencylocal", "0\n")
	r := call("")
	risk, note := strings.Index(r.Stdout, "RISK  "+h.path("control/concurrencylocal")+": 0 is hardly meant\n      why:  with 0, "), strings.Index(r.Stdout, "note  ")
	if r.Code != 1 || risk != 0 || note < 1 || !strings.Contains(r.Stdout, "\nMail is at risk from 1 findings; 1 notes; ") {
		t.Errorf("%+v", r)
	}
	var report Report
	if r := call("--json"); r.Code != 1 || json.Unmarshal([]byte(r.Stdout), &report) != nil || len(report.Findings) != 2 || report.Looked == 0 {
		t.Errorf("%+v", r)
	}
	if r := call("more"); r.Code != 100 {
		t.Errorf("%+v", r)
	}
}

func TestQuote(t *testing.T) {
	for text, want := range map[string]string{"/a/b-c.d": "/a/b-c.d", "": "''", "a b": "'a b'", "it's": `'it'\''s'`, "$x": "'$x'"} {
		if got := quote(text); got != want {
			t.Errorf("%q: %s", text, got)
		}
	}
}

func TestBadHost(t *testing.T) {
	for name, bad := range map[string]bool{
		"a.example": false, "localhost": false, "[192.0.2.1]": false, "a@b": true, "a b": true, ".a": true, "a.": true, "a..b": true, "a:b": true, "b\xc3\xbc.example": false,
		strings.Repeat("a", 300): true, "": false,
	} {
		if got := badHost(name); (got != "") != bad {
			t.Errorf("%q: %q", name, got)
		}
	}
}
