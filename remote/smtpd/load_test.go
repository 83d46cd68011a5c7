package smtpd

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/cdb"
	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
)

// load makes the policy of a home with these control files.
func load(t *testing.T, files map[string]string, env ...string) (*Policy, error) {
	t.Helper()
	p, _, err := loadHome(t, files, env...)
	return p, err
}

func loadHome(t *testing.T, files map[string]string, env ...string) (policy *Policy, home string, err error) {
	t.Helper()
	home = t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "mx.example\n", "control/rcpthosts": "here.example\n"})
	for name, text := range files {
		name = filepath.Join(home, "control", name)
		if strings.HasSuffix(name, ".cdb") {
			table(t, name, text)
			continue
		}
		if strings.HasPrefix(text, "#!") {
			clitest.Script(t, name, strings.ReplaceAll(text, "{HOME}", home))
			continue
		}
		clitest.Files(t, filepath.Dir(name), map[string]string{filepath.Base(name): text})
	}
	for i := range env {
		env[i] = strings.ReplaceAll(env[i], "{HOME}", home)
	}
	p, err := Load(&cmd.Proc{Home: home, Env: env, Stderr: os.Stderr}, Parts{Resolver: zone, Compile: Regexp})
	if p != nil {
		t.Cleanup(p.Valid.Close)
	}
	return p, home, err
}

// table makes a cdb of lines "key" or "key value".
func table(t *testing.T, name, text string) {
	t.Helper()
	w, err := cdb.Create(name+".tmp", 0o644)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Fields(text) {
		key, value, _ := strings.Cut(line, ",")
		w.Add([]byte(key), []byte(value))
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	if err := w.Rename(name); err != nil {
		t.Fatal(err)
	}
}

type files = map[string]string

func TestPolicies(t *testing.T) {
	const helo = "HELO bad.helo\r\n"
	const regexes = "^spam.*@evil\\.example$\n!@.*example\n"
	for name, c := range map[string]struct {
		files files
		env   string
		in    string
		codes string
	}{
		"no list":               {nil, "", "MAIL FROM:<x@evil.example>\r\nRCPT TO:<u@here.example>\r\n", "250 250"},
		"relay":                 {nil, "RELAYCLIENT=@gw", "MAIL FROM:<x>\r\nRCPT TO:<u@any.example>\r\n", "250 250"},
		"badmailfrom":           {files{"badmailfrom": "a@evil.example\n@bad.example\n"}, "", "MAIL FROM:<A@evil.example>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<b@evil.example>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<x@bad.example>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<>\r\nRCPT TO:<u@here.example>\r\n", "250 553 250 250 250 553 250 250"},
		"badmailfrom, literal":  {files{"badmailfrom": "@[192.0.2.1]\nx@[192.0.2.2]\n@bad.example\n"}, "", "MAIL FROM:<x@[192.0.2.1]>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<y@[192.0.2.2]>\r\nRCPT TO:<u@here.example>\r\n", "250 553 250 250"},
		"localiphost, NUL":      {files{"localiphost": "here.example\x00x\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<u@[127.0.0.1]>\r\n", "250 250"},
		"badmailfrom off":       {files{"badmailfrom": "@bad.example\n"}, "DISABLE_BADMAILFROM=1", "MAIL FROM:<x@bad.example>\r\nRCPT TO:<u@here.example>\r\n", "250 250"},
		"regex":                 {files{"badmailfrom": regexes}, "", "MAIL FROM:<SPAMmer@Evil.example>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<x@evil.example>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<x@evil.test>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<>\r\nRCPT TO:<u@here.example>\r\n", "250 553 250 250 250 553 250 250"},
		"regex by name":         {files{"badmailfrom": "@evil\n", "dialect": "qregex\n"}, "", "MAIL FROM:<x@evil.example>\r\nRCPT TO:<u@here.example>\r\n", "250 553"},
		"base by name":          {files{"badmailfrom": "^x$@evil\n", "dialect": "base\n"}, "", "MAIL FROM:<^x$@evil>\r\nRCPT TO:<u@here.example>\r\n", "250 553"},
		"tagged":                {files{"badmailfrom": "*@evil.example\n!fred@evil.example\njoe[0-9]@x\na@b\n"}, "", "MAIL FROM:<x@evil.example>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<Fred@evil.example>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<joe7@x>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<a@b>\r\nRCPT TO:<u@here.example>\r\n", "250 553 250 250 250 553 250 553"},
		"badmailfromnorelay":    {files{"badmailfromnorelay": "@here.example\n"}, "", "MAIL FROM:<x@here.example>\r\nRCPT TO:<u@here.example>\r\n", "250 553"},
		"... of a relay client": {files{"badmailfromnorelay": "@here.example\n"}, "RELAYCLIENT=", "MAIL FROM:<x@here.example>\r\nRCPT TO:<u@here.example>\r\n", "250 250"},
		"badrcptto":             {files{"badrcptto": "no@here.example\n", "brtlimit": "2\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<No@here.example>\r\nRCPT TO:<no@here.example>\r\nRCPT TO:<u@here.example>\r\n", "250 553 553 421"},
		"badmailto":             {files{"badmailto": "no@here.example\n", "badrcptto": "nono@here.example\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<no@here.example>\r\nRCPT TO:<nono@here.example>\r\n", "250 553 553"},
		"badrcpttonorelay":      {files{"badrcpttonorelay": "no@here.example\n"}, "RELAYCLIENT=", "MAIL FROM:<x>\r\nRCPT TO:<no@here.example>\r\n", "250 250"},
		"badhelo":               {files{"badhelo": "^bad\\.\n"}, "", helo + "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\nHELO x\r\nMAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\n", "250 250 553 250 250 250"},
		"badhelo off":           {files{"badhelo": "^bad\\.\n"}, "NOBADHELO=", helo + "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\n", "250 250 250"},
		"badhelonorelay":        {files{"badhelonorelay": "bad.helo\n"}, "", helo + "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\n", "250 250 553"},
		"maxrcpt":               {files{"maxrcpt": "2\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\nRCPT TO:<u@here.example>\r\nRCPT TO:<u@here.example>\r\nMAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\n", "250 250 250 452 250 250"},
		"MAXRCPT":               {files{"maxrcpt": "2\n"}, "MAXRCPT=1", "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\nRCPT TO:<u@here.example>\r\n", "250 250 452"},
		"MAXRECIPIENTS":         {nil, "MAXRECIPIENTS=1", "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\nRCPT TO:<u@here.example>\r\n", "250 250 452"},
		"maxrcpt -1":            {files{"maxrcpt": "-1\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\n", "250 250"},
		"maxrcpt of jms1":       {files{"maxrcpt": "1\n", "dialect": "jms1\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\nRCPT TO:<u@here.example>\r\n", "250 250 250"},
		"DISABLE_MAXRCPT":       {files{"maxrcpt": "1\n"}, "DISABLE_MAXRCPT=1", "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\nRCPT TO:<u@here.example>\r\n", "250 250 250"},
		"rejectnullsenders":     {files{"rejectnullsenders": "1\n"}, "", "MAIL FROM:<x>\r\nMAIL FROM:<>\r\n", "250 421"},
		"REJECTNULLSENDERS=0":   {files{"rejectnullsenders": "1\n"}, "REJECTNULLSENDERS=0", "MAIL FROM:<>\r\n", "250"},
		"rejectrelaytest":       {files{"rejectrelaytest": "1\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<a%b@here.example>\r\nRCPT TO:<a!b@here.example>\r\nRCPT TO:<a@b@here.example>\r\nRCPT TO:<a@here.example>\r\n", "250 553 553 553 250"},
		"validrcptto":           {files{"validrcptto": "u@here.example\n-no@here.example\n@all.example\n", "rcpthosts": "here.example\nall.example\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<U@here.example>\r\nRCPT TO:<no@here.example>\r\nRCPT TO:<v@here.example>\r\nRCPT TO:<v@all.example>\r\n", "250 250 553 553 250"},
		"morevalidrcptto":       {files{"morevalidrcptto.cdb": "@here.example -no@here.example yes@here.example -@here.example"}, "", "MAIL FROM:<x>\r\nRCPT TO:<yes@here.example>\r\nRCPT TO:<no@here.example>\r\nRCPT TO:<v@here.example>\r\n", "250 250 553 250"},
		"VALIDRCPTTO":           {files{"other": "u@here.example\n"}, "VALIDRCPTTO={HOME}/control/other", "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\nRCPT TO:<v@here.example>\r\n", "250 250 553"},
		"VALIDRCPTTO_CDB":       {files{"v.cdb": "u-default@here.example u-no@here.example,-no w@here.example"}, "VALIDRCPTTO_CDB=control/v.cdb", "MAIL FROM:<x>\r\nRCPT TO:<u-a-b@here.example>\r\nRCPT TO:<u-no@here.example>\r\nRCPT TO:<w@here.example>\r\nRCPT TO:<z@here.example>\r\n", "250 250 553 250 553"},
		"its limit":             {files{"validrcptto.cdb": "w@here.example"}, "VALIDRCPTTO_LIMIT=1", "MAIL FROM:<x>\r\nRCPT TO:<z@here.example>\r\nRCPT TO:<z@here.example>\r\n", "250 553 421"},
		"relay clients":         {files{"validrcptto": "u@here.example\n"}, "RELAYCLIENT=", "MAIL FROM:<x>\r\nRCPT TO:<z@any.example>\r\n", "250 250"},
		"recipients":            {files{"recipients": "here.example:control/r.cdb\n!@all.example\n", "r.cdb": "u@here.example", "rcpthosts": "here.example\n.here.example\nall.example\n.all.example\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\nRCPT TO:<z@here.example>\r\nRCPT TO:<z@all.example>\r\nRCPT TO:<z@x.all.example>\r\nRCPT TO:<u-r=h.example@here.example>\r\n", "250 250 550 250 550 250"},
		"recipients, open":      {files{"recipients": "r.cdb\n!*\n", "r.cdb": "u@here.example"}, "RECIPIENTS450=", "MAIL FROM:<x>\r\nRCPT TO:<z@here.example>\r\n", "250 250"},
		"recipients, later":     {files{"recipients": "*:r.cdb\n", "r.cdb": "u@here.example"}, "RECIPIENTS450=", "MAIL FROM:<x>\r\nRCPT TO:<z@here.example>\r\n", "250 450"},
		"DATABYTES":             {files{"databytes": "5\n"}, "DATABYTES=", "MAIL FROM:<x> SIZE=6\r\n", "552"},
		"ALLOW_BARELF":          {nil, "ALLOW_BARELF=1", begin + "DATA\r\na\nb\r\n.\r\n", "250 250 354 250"},
		"localiphost":           {files{"localiphost": "here.example\n"}, "", "MAIL FROM:<x>\r\nRCPT TO:<u@[127.0.0.1]>\r\nRCPT TO:<u@[192.0.2.250]>\r\nRCPT TO:<u@[IPv6:::1x]>\r\n", "250 250 553 553"},
	} {
		p, err := load(t, c.files, c.env)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		w := newWorld(strings.NewReader(c.in))
		w.Policy = p
		w.Serve()
		if got := w.codes(); got != c.codes {
			t.Errorf("%s: %s, want %s", name, got, c.codes)
		}
	}
}

// Who may send anywhere is served although the list of hosts cannot be read.
func TestBrokenHosts(t *testing.T) {
	for relay, codes := range map[bool]string{false: "250 421", true: "250 250 354 250 221"} {
		w := newWorld(strings.NewReader("MAIL FROM:<x>\r\nRCPT TO:<u@any.example>\r\nDATA\r\n.\r\n" + quit))
		w.Policy.Relay = relay
		w.Policy.Accepts = func(string) (bool, error) { return false, errors.New("bad sector") }
		w.Serve()
		if got := w.codes(); got != codes {
			t.Errorf("relay %t: %s, want %s", relay, got, codes)
		}
	}
}

func TestRelaySuffix(t *testing.T) {
	p, err := load(t, nil, "RELAYCLIENT=@gw")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(strings.NewReader("MAIL FROM:<x>\r\nRCPT TO:<" + strings.Repeat("x", maxAddress) + ">\r\nDATA\r\n.\r\n"))
	w.Policy = p
	w.Serve()
	if got := w.queue[0].envelope.String(); !strings.HasSuffix(got, "x@gw") || len(got) != maxAddress+7 {
		t.Errorf("%d %q", len(got), got)
	}
}

func TestTarpit(t *testing.T) {
	p, err := load(t, files{"tarpitcount": "2\n"}, "TARPITDELAY=3", "SMTPD_GREETDELAY=4", "DROP_PRE_GREET=1")
	if err != nil {
		t.Fatal(err)
	}
	if p.GreetDelay != 4*time.Second || !p.DropEarly {
		t.Error(p.GreetDelay, p.DropEarly)
	}
	w := newWorld(strings.NewReader("MAIL FROM:<x>\r\n" + strings.Repeat("RCPT TO:<u@here.example>\r\n", 3)))
	w.Policy = p
	w.Serve()
	if w.slept != 6*time.Second {
		t.Error(w.slept)
	}
}

// A setting that cannot be used is named to whoever asks.
func TestUnusable(t *testing.T) {
	for name, c := range map[string]struct {
		files files
		reply string
	}{
		"two dialects":      {files{"badmailfrom": "^a.*\n*@b\n"}, "421 control/badmailfrom: "},
		"in two files":      {files{"badmailfrom": "^a.*\n", "badhelo": "*.x\n"}, "421 control/badhelo: "},
		"either":            {files{"badrcptto": "!a@b\n"}, "421 control/badrcptto: "},
		"class":             {files{"badmailfrom": "a[b]@c\n"}, "421 control/badmailfrom: "},
		"no such dialect":   {files{"dialect": "mine\n"}, "421 control/dialect: "},
		"no regex":          {files{"badmailfrom": "(\n", "dialect": "qregex\n"}, "421 control/badmailfrom: "},
		"recipients prog":   {files{"recipients": "x.example|\n"}, "421 control/recipients: "},
		"dnsbllist":         {files{"dnsbllist": ":-text\n"}, "421 control/dnsbllist: "},
		"recipients file":   {files{"recipients": "x.example:none.cdb\n"}, "421 control/recipients: "},
		"not readable":      {files{"badhelo/x": ""}, replyNoControls},
		"not readable, cdb": {files{"validrcptto/x": ""}, replyNoControls},
	} {
		_, err := load(t, c.files)
		if got := ReplyFor(err); err == nil || !strings.HasPrefix(got, c.reply) || strings.ContainsAny(got, "\r\n") {
			t.Errorf("%s: %v, %q", name, err, got)
		}
	}
}

func TestGlob(t *testing.T) {
	for _, c := range []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true}, {"a*b*c", "aXbYbc", true}, {"a*b*c", "aXbYb", false}, {"a?c", "abc", true}, {"a?c", "ac", false},
		{"[0-9][^0-9]", "1a", true}, {"[0-9][!0-9]", "11", false}, {"[ab", "[ab", true}, {`\*`, "*", true}, {`\*`, "x", false},
		{"*a*a*a*a*a*a*a*a*b", strings.Repeat("a", 2000), false}, {"", "", true}, {"", "x", false}, {"[a-]", "-", true},
	} {
		if got := glob(c.pattern, c.s); got != c.want {
			t.Errorf("%q %.20q: %v", c.pattern, c.s, got)
		}
	}
}

// A NUL ends an entry as a newline does, and may leave an empty one.
func TestEmptyEntries(t *testing.T) {
	for _, dialect := range []string{"base", "qregex", "s/qmail"} {
		p, err := load(t, files{"badmailfrom": "@bad.example\x00\n", "badhelo": "x\x00\x00y\n", "dialect": dialect + "\n"})
		if err != nil {
			t.Fatalf("%s: %v", dialect, err)
		}
		if _, spared := p.BadSenders.MatchSender(&Client{}, "u@bad.example"); spared || !p.BadSenders.Match("u@bad.example") {
			t.Errorf("%s: not refused", dialect)
		}
		if p.BadSenders.Match("u@good.example") {
			t.Errorf("%s: refused", dialect)
		}
	}
}

// What the recipient checker says is what the client is told.
func TestRcptCheck(t *testing.T) {
	p, err := load(t, files{"validrcptto": "u@here.example\n", "brtlimit": "1\n"})
	if err != nil {
		t.Fatal(err)
	}
	p.RcptCheck = func(c *Client, recipient string) string {
		if c.Listed || recipient == "new@here.example" {
			return ""
		}
		return "550 no"
	}
	w := newWorld(strings.NewReader("MAIL FROM:<x>\r\nRCPT TO:<u@here.example>\r\nRCPT TO:<new@here.example>\r\nRCPT TO:<z@here.example>\r\nRCPT TO:<u@here.example>\r\n"))
	w.Policy = p
	if w.Serve(); w.codes() != "250 250 250 550 421" {
		t.Error(w.codes())
	}
	w = newWorld(strings.NewReader("MAIL FROM:<x>\r\nMAIL FROM:<y>\r\n"))
	w.Policy.OnMail = []Check{func(c *Client, sender string) string {
		if sender == "x" {
			return "451 later"
		}
		return "421 go away"
	}}
	if err := w.Serve(); err != ErrCutOff || w.codes() != "451 421" {
		t.Error(err, w.codes())
	}
}

func TestLogin(t *testing.T) {
	lines := ""
	w := newWorld(strings.NewReader("AUTH X abc\r\nanswer\r\nAUTH X\r\nEHLO x\r\nMAIL FROM:<a>\r\nRCPT TO:<u@any.example>\r\nDATA\r\n.\r\nQUIT\r\n"))
	w.Policy.Auth = &Auth{
		Mechanisms: func(*Client) []string { return []string{"X"} },
		Exchange: func(c *Client, argument string, ask func(string) (string, error)) (*Login, string, error) {
			line, err := ask("Pz8=")
			lines += argument + "|" + line
			return &Login{User: "joe", Relay: true, RelaySuffix: "@gw"}, "235 ok", err
		},
	}
	err := w.Serve()
	if got := w.codes(); err != nil || got != "334 235 503 250 250 250 250 250 250 250 250 354 250 221" || lines != "X abc|answer" {
		t.Errorf("%v %s %q", err, got, lines)
	}
	if got := w.queue[0]; got.envelope.String() != "Fa Tu@any.example@gw" || !strings.HasPrefix(got.message.String(), "Received: from c.example (HELO x) (joe@192.0.2.7)\n  by mx.example with ESMTPA; ") {
		t.Errorf("%s %s", got.envelope.String(), got.message.String())
	}
}

// What is said before TLS counts for nothing, and least of all what is sent
// together with STARTTLS.
func TestStartTLS(t *testing.T) {
	w := newWorld(strings.NewReader("EHLO x\r\n" + begin + "STARTTLS\r\nMAIL FROM:<injected>\r\n"))
	inner := &pipe{Reader: strings.NewReader("RCPT TO:<u@here.example>\r\nSTARTTLS\r\n" + begin + "DATA\r\n.\r\nQUIT\r\n")}
	w.Policy.StartTLS = func() (conn io.ReadWriter, login *Login, err error) { return inner, nil, nil }
	err := w.Serve()
	if got := w.codes(); err != nil || !strings.HasSuffix(got, "250 250 220") {
		t.Errorf("%v %s", err, got)
	}
	if got := inner.out.String(); !strings.HasPrefix(got, replyWantMail+"\r\n"+replyUnknown+"\r\n250 ok\r\n") {
		t.Errorf("%q", got)
	}
	if got := w.queue[0].message.String(); !strings.HasPrefix(got, "Received: from c.example (192.0.2.7)\n  by mx.example with ESMTPS; ") {
		t.Errorf("%q", got)
	}
}

// pipe is a connection.
type pipe struct {
	io.Reader
	out bytes.Buffer
}

func (p *pipe) Write(b []byte) (int, error) { return p.out.Write(b) }
