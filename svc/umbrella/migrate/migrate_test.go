package migrate

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/testhome"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/layout"
)

func TestVariables(t *testing.T) {
	for script, want := range map[string]string{
		"#!/bin/sh\nexec env - PATH=\"/var/qmail/bin:$PATH\" \\\nSMTPAUTH='' tcpserver": "PATH SMTPAUTH",
		":allow,RELAYCLIENT=\"\",RBLSMTPD=\"\"\n127.:allow,RELAYCLIENT=\"\"":            "RELAYCLIENT RBLSMTPD",
		"# DKIMSIGN=x\nFOO_1=2; export QMAILQUEUE=/x\nif [ $a=1 ]; then x=y fi":         "FOO_1 QMAILQUEUE",
		"test A=1 B2=":         "B2",
		"421GREETING=1 12=13":  "421GREETING",
		"a=b --opt=c lower=x=": "",
	} {
		if got := strings.Join(variables(script), " "); got != want {
			t.Errorf("%q: %q, not %q", script, got, want)
		}
	}
}

func TestLimit(t *testing.T) {
	for script, want := range map[string]bool{
		"exec softlimit -m 2000000 tcpserver": true, "softlimit -m20000000 x": true, "softlimit -a 3000000000 x": false, "softlimit -o 20 x": false,
		"tcpserver x": false, "softlimit -f 1 -d 5000 x": true, "softlimit": false,
	} {
		if _, low := limit(script); low != want {
			t.Errorf("%q: %v", script, low)
		}
	}
}

// What is called kept is in the manual.
func TestHonoured(t *testing.T) {
	root, err := testhome.Module()
	if err != nil {
		t.Fatal(err)
	}
	pages, err := filepath.Glob(root + "/man/*.[1-8]")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, page := range pages {
		all.WriteString(clitest.Read(t, page))
	}
	words := strings.FieldsFunc(all.String(), func(r rune) bool { return strings.ContainsRune(" \n\t,.=\"", r) })
	for _, name := range honoured {
		if !slices.Contains(words, name) {
			t.Errorf("%s is in no manual page", name)
		}
		if foreignVariables[name] != "" {
			t.Errorf("%s is in two lists", name)
		}
	}
}

func TestOrigin(t *testing.T) {
	for want, files := range map[string]map[string]string{
		"qmail-1.03": {"bin/qmail-send": ""},
		"netqmail":   {"bin/qmail-inject": "QMAILQUEUE", "bin/qmail-send": ""},
		"notqmail":   {"bin/qmail-inject": "QMAILQUEUE", "bin/qmail-rspawn": "x\x00QMAILREMOTE\x00"},
		"jms1":       {"bin/qmail-smtpd": "VALIDRCPTTO_CDB", "bin/qmail-inject": "QMAILQUEUE"},
		"sagredo":    {"bin/spawn-filter": "", "bin/qmail-newmvrt": "", "bin/qmail-rspawn": "QMAILREMOTE"},
		"s/qmail":    {"bin/qmail-dksign": ""},
		"IndiMail":   {"sbin/qmail-multi": ""},
		"qmailkit":   {"bin/qmail-smtpd": "qmailkit/internal/cmd"},
		"unknown":    {"control/me": ""},
	} {
		home := t.TempDir()
		clitest.Files(t, home, files)
		if got := origin(&cmd.Proc{Home: home}, nil); got != want {
			t.Errorf("%s was taken for %s", want, got)
		}
	}
}

// survey looks at an installation with these files; control/me, the queue and
// programs are there.
func survey(t *testing.T, files map[string]string) *Survey {
	t.Helper()
	p := newPlace(t)
	dir := filepath.Dir(p.home)
	for name, text := range files {
		clitest.Files(t, dir, map[string]string{name: strings.ReplaceAll(text, "HOME", p.home)})
	}
	w := p.world()
	w.Scripts = []string{dir + "/service/*/run"}
	w.Rules = []string{dir + "/tcp.*"}
	w.Crontabs = []string{dir + "/crontab"}
	s, err := Look(w)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *Survey) fate(kind, name string) string {
	for _, i := range s.Items {
		if i.Kind == kind && i.Name == name {
			if i.Blocks {
				return i.Fate + "!"
			}
			return i.Fate
		}
	}
	return ""
}

func TestSurvey(t *testing.T) {
	s := survey(t, map[string]string{
		"home/control/locals": "me.example\n", "home/control/smtproutes": ":relay.example\n", "home/control/spfbehavior": "3\n", "home/control/taps": "A:x:y\n",
		"home/control/filterargs": "x\n", "home/control/concurrencyincoming": "20\n", "home/control/mine": "x\n", "home/control/tlsserverciphers": "ALL\n", "home/control/rsa512.pem": "x\n",
		"home/control/tlsclientciphers": "ALL\n", "home/control/outgoingip.host": "me.example\n",
		"home/queue/suppl0/": "", "home/queue/dkim/": "",
		"service/qmail-send/run":  "#!/bin/sh\nexec env - PATH=HOME/bin:$PATH QMAILREMOTE=HOME/bin/spawn-filter qmail-start ./Maildir/\n",
		"service/qmail-smtpd/run": "#!/bin/sh\nexport SPFBEHAVIOR=3 MAXRCPT=10 DKIMSIGN=x CHKUSER_START=ALWAYS MYOWN=1\nexec softlimit -m 3000000 tcpserver 0 25 HOME/bin/qmail-smtpd\n",
		"service/other/run":       "#!/bin/sh\nSPFBEHAVIOR=1 dnscache\n",
		"tcp.smtp":                "127.:allow,RELAYCLIENT=\"\",QMAILQUEUE=\"/usr/bin/simscan\"\n",
		"crontab":                 "# qmail\n0 3 * * * root HOME/bin/qmail-send x\n1 1 * * * root backup HOME\n2 2 * * * root other\n",
	})
	for _, c := range []struct{ kind, name, fate string }{
		{"program", "qmail-queue", Replaced}, {"program", "foreign", Kept}, {"program", "qmail-start", Added},
		{"control", "me", Kept}, {"control", "locals", Kept}, {"control", "smtproutes", Kept}, {"control", "badmailfrom", Changed}, {"control", "spfbehavior", Unsupported},
		{"control", "taps", Unsupported}, {"control", "filterargs", Unsupported}, {"control", "concurrencyincoming", Kept}, {"control", "mine", Unsupported},
		{"control", "tlsserverciphers", Unsupported}, {"control", "rsa512.pem", Unsupported},
		{"control", "tlsclientciphers", Unsupported}, {"control", "outgoingip.host", Kept},
		{"queue", "suppl0", Unsupported}, {"queue", "dkim", Kept}, {"queue", "queue", Kept},
		{"variable", "QMAILREMOTE", Kept}, {"variable", "SPFBEHAVIOR", Unsupported}, {"variable", "MAXRCPT", Kept}, {"variable", "DKIMSIGN", Kept}, {"variable", "CHKUSER_START", Unsupported},
		{"variable", "MYOWN", Kept}, {"variable", "RELAYCLIENT", Kept}, {"variable", "QMAILQUEUE", Kept},
	} {
		if got := s.fate(c.kind, c.name); got != c.fate {
			t.Errorf("%s %s: %q, not %q", c.kind, c.name, got, c.fate)
		}
	}
	limited, cron := 0, 0
	for _, i := range s.Items {
		if i.Kind == "service" && i.Blocks {
			limited++
		}
		if i.Kind == "cron" {
			cron++
		}
		if strings.Contains(i.Where, "service/other") {
			t.Errorf("a script that has nothing to do with qmail: %+v", i)
		}
	}
	if limited != 1 || cron != 2 || s.Origin != "jms1" || len(s.Services) != 1 || !strings.HasSuffix(s.Services[0], "/qmail-send") {
		t.Errorf("%d limits, %d lines of cron, %s, %q", limited, cron, s.Origin, s.Services)
	}
}

// What would stop mail, or send it elsewhere, is in the way.
func TestBlocks(t *testing.T) {
	for name, files := range map[string]map[string]string{
		"routes":        {"home/control/moresmtproutes.cdb": ""},
		"source":        {"home/control/outgoingip": "nonsense\n"},
		"dialect":       {"home/control/dialect": "latin\n"},
		"locals":        {"home/control/locals/x": ""},
		"channel":       {"home/queue/suppl0/1/17": "Tx\x00"},
		"queues":        {"home/queue1/mess/0/": ""},
		"limit":         {"service/a/run": "softlimit -m 2000000 HOME/bin/qmail-smtpd\n"},
		"another queue": {"service/a/run": "QUEUEDIR=/queue2 qmail-start\n"},
		"not for here":  {"from/qmail-send": "for another home"},
	} {
		if s := survey(t, files); !s.Blocks() {
			t.Errorf("%s: nothing is in the way: %+v", name, s.Items)
		}
	}
	if s := survey(t, nil); s.Blocks() {
		t.Errorf("%+v", s.Items)
	}
}

func TestCommand(t *testing.T) {
	p := newPlace(t)
	before := p.listing()
	call := func(args ...string) clitest.Result {
		return clitest.Run(t, "qmail", func(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) },
			clitest.World{Args: append([]string{"migrate"}, args...), Home: p.home})
	}
	if r := call("--dry-run", "--from", p.from); r.Code != 0 || !strings.Contains(r.Stdout, "programs of jms1\n") || !strings.Contains(r.Stdout, "replaced: qmail-local qmail-queue") || p.listing() != before {
		t.Errorf("%+v", r)
	}
	if r := call("--from", p.from); r.Code != 100 || p.listing() != before {
		t.Errorf("without --yes: %+v", r)
	}
	if r := call("--from", p.home+"/bin"); r.Code != 100 {
		t.Errorf("from itself: %+v", r)
	}
	if r := call("--back"); r.Code != 100 {
		t.Errorf("back from nowhere: %+v", r)
	}
	var done struct {
		Done []string
	}
	if r := call("--yes", "--json", "--from", p.from); r.Code != 0 || json.Unmarshal([]byte(r.Stdout), &done) != nil || len(done.Done) != len(layout.Needed())+2 {
		t.Errorf("%+v %q", r, done.Done)
	}
	if r := call("--back", "--dry-run"); r.Code != 0 || !strings.Contains(r.Stdout, "would undo: switch qmail-send\n") {
		t.Errorf("%+v", r)
	}
	if r := call("--back"); r.Code != 0 || p.listing() != before {
		t.Errorf("%+v", r)
	}
	p.must(os.WriteFile(filepath.Join(p.home, "control/moresmtproutes.cdb"), nil, 0o644))
	if r := call("--yes", "--from", p.from); r.Code != 1 || !strings.Contains(r.Stdout, "! moresmtproutes.cdb: not supported") {
		t.Errorf("%+v", r)
	}
}

func FuzzJournal(f *testing.F) {
	for _, s := range []string{"", "switch qmail-queue 1 2\n", "add x 1 2\nwrite dialect 3 4\nswi", "switch ../x 1 2\n", "switch x -1 2\n", "add .. 1 1\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		clitest.Files(t, dir, map[string]string{journalFile: text})
		j, err := readJournal(dir)
		if err != nil {
			return
		}
		for _, e := range j.entries {
			if e.name == "" || strings.Contains(e.name, "/") || e.name == ".." || !strings.Contains(text, e.name) {
				t.Errorf("%+v", e)
			}
		}
	})
}
