package smtpd

import (
	"errors"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/dns"
)

// records is a stand-in for the DNS: "name TYPE" to a record. "!" is a server
// in trouble; what is not there does not exist.
type records map[string]string

var zone = records{
	"7.2.0.192.bad.zone TXT": "listed", "7.2.0.192.bad.zone A": "127.0.0.2", "7.2.0.192.good.zone A": "127.0.0.2", "7.2.0.192.good.zone TXT": "fine",
	"7.2.0.192.lame.zone TXT": "!", "7.2.0.192.lame.zone A": "!",
	"mx.test MX": "mail.test", "a.test A": "192.0.2.9", "null.test MX": ".", "lame.test MX": "!", "six.test AAAA": "2001:db8::1",
	"c.example A": "192.0.2.7", "c.example MX": "c.example", "mine.test A": "192.0.2.1", "lame.test A": "!",
}

func (z records) find(name, kind string) (string, error) {
	value, ok := z[strings.ToLower(name)+" "+kind]
	switch {
	case !ok:
		return "", &dns.Error{Name: name, Err: dns.ErrNoName}
	case value == "!":
		return "", &dns.Error{Name: name, Err: errors.New("no answer")}
	}
	return value, nil
}

func (z records) TXT(name string) ([]string, error) {
	v, err := z.find(name, "TXT")
	if err != nil {
		return nil, err
	}
	return []string{v}, nil
}

func (z records) address(name, kind string) ([]netip.Addr, error) {
	v, err := z.find(name, kind)
	if err != nil {
		return nil, err
	}
	return []netip.Addr{netip.MustParseAddr(v)}, nil
}

func (z records) IPv4(name string) ([]netip.Addr, error) { return z.address(name, "A") }
func (z records) IPv6(name string) ([]netip.Addr, error) { return z.address(name, "AAAA") }

func (z records) MX(name string) ([]dns.MX, error) {
	v, err := z.find(name, "MX")
	if err != nil {
		return nil, err
	}
	return []dns.MX{{Host: strings.TrimSuffix(v, ".")}}, nil
}

// served serves the lines of in, and returns the codes that were answered and
// what the log was told.
func served(t *testing.T, files map[string]string, env, in string) (codes, log string, w *world) {
	t.Helper()
	p, _, err := loadHome(t, files, strings.Fields(env)...)
	if err != nil {
		t.Fatal(err)
	}
	w = newWorld(strings.NewReader(strings.ReplaceAll(in, "\n", "\r\n")))
	w.Policy = p
	w.Client.Log = func(text string) { log += text + "\n" }
	w.Serve()
	return w.codes(), log, w
}

const (
	mail = "MAIL FROM:<x@mx.test>\n"
	rcpt = "RCPT TO:<u@here.example>\n"
)

func TestBlocklists(t *testing.T) {
	for _, c := range []struct {
		list, env, codes, result, reply string
	}{
		{"bad.zone\n", "", "250 451", "delay", "451 listed"},
		{"-bad.zone\n", "", "250 553", "reject", "553 listed"},
		{"bad.zone:go, %IP%\n", "", "250 451", "delay", "451 go, 192.0.2.7"},
		{"bad.zone:-go\n", "", "250 553", "reject", "553 go"},
		{"=bad.zone\n", "", "250 250", "ignore", ""},
		{"+good.zone\nbad.zone\n", "", "250 250", "accept", ""},
		{"bad.zone\n+good.zone\n", "", "250 451", "delay", ""},
		{"lame.zone\n-bad.zone\n", "", "250 451", "delay", "451 listed"},
		{"lame.zone\n", "", "250 250", "pass", ""},
		{"lame.zone\n", "DNSBLFAILCLOSED=1", "250 451", "delay", "451 temporary RBL lookup error"},
		{"+lame.zone\n-bad.zone\n", "DNSBLFAILCLOSED=1", "250 451", "delay", "451 listed"},
		{"none.zone\n", "", "250 250", "pass", ""},
		{"bad.zone\n", "DNSBLSKIP=", "250 250", "", ""},
		{"bad.zone\n", "RELAYCLIENT=", "250 250", "", ""},
		{"bad.zone\n", "RBLSMTPD=", "250 250", "accept", ""},
		{"none.zone\n", "RBLSMTPD=-no", "250 553", "reject", "553 no"},
		{"none.zone\n", "RBLSMTPD=no", "250 451", "delay", "451 no"},
	} {
		codes, _, w := served(t, files{"dnsbllist": c.list}, c.env, mail+rcpt)
		if codes != c.codes || w.Client.RBLResult != c.result || !strings.Contains(w.out.String(), c.reply) {
			t.Errorf("%q %s: %s %q %q", c.list, c.env, codes, w.Client.RBLResult, w.out.String())
		}
	}
	// What rblsmtpd is told means nothing where there are no lists.
	if codes, _, _ := served(t, nil, "RBLSMTPD=-no", mail+rcpt); codes != "250 250" {
		t.Error(codes)
	}
	for _, c := range []struct{ list, env, codes string }{
		{"bad.zone reject any Listed\n", "RBL=", "250 553"},
		{"bad.zone reject 127.0.0.2 Listed\n", "RBL=", "250 553"},
		{"bad.zone reject 127.0.0.3 Listed\n", "RBL=", "250 250"},
		{"bad.zone reject any Listed\n", "", "250 250"},
	} {
		if codes, _, _ := served(t, files{"rbllist": c.list}, c.env, mail+rcpt); codes != c.codes {
			t.Errorf("%q %s: %s", c.list, c.env, codes)
		}
	}
}

// A list may have no more to say than a field in the message's header.
func TestBlocklistFields(t *testing.T) {
	const data = "DATA\nSubject: x\n\n.\n"
	for _, c := range []struct{ list, env, codes, fields string }{
		{"bad.zone addheader any Listed at %IP%\nnone.zone addheader any x\nbad.zone addheader 127.0.0.2 Again\n", "RBL=", "250 250 354 250",
			"X-RBL: (bad.zone) tells us Listed at 192.0.2.7\nX-RBL: (bad.zone) matches with 127.0.0.2 and tells us Again\n"},
		{"bad.zone reject any Listed\n", "RBL= RBLONLYHEADER=", "250 250 354 250", "X-RBL: (bad.zone) tells us Listed\n"},
		{"bad.zone addheader any Listed\nbad.zone reject any No\n", "RBL=", "250 553 503", ""},
		{"bad.zone addheader any Listed\n", "RBL= RELAYCLIENT=", "250 250 354 250", ""},
		{"bad.zone addheader 127.0.0.3 Listed\n", "RBL=", "250 250 354 250", ""},
	} {
		in := mail + rcpt + data + mail + rcpt + data // the lists are asked once, each message is told
		codes, _, w := served(t, files{"rbllist": c.list}, c.env, in)
		if !strings.HasPrefix(codes, c.codes) {
			t.Errorf("%q %s: %s", c.list, c.env, codes)
		}
		for _, q := range w.queue {
			if fields, _, _ := strings.Cut(q.message.String(), "Received: "); fields != c.fields {
				t.Errorf("%q %s: %q", c.list, c.env, fields)
			}
		}
		if n := strings.Count(codes, "354"); n != len(w.queue) || (n == 0) != strings.Contains(c.codes, "553") {
			t.Errorf("%q %s: %d messages, %s", c.list, c.env, len(w.queue), codes)
		}
	}
	codes, _, _ := served(t, files{"dnsbllist": "-bad.zone\n", "rbllist": "bad.zone reject any x\n"}, "RBL= RBLONLYHEADER=", mail+rcpt)
	if codes != "250 553" {
		t.Errorf("RBLONLYHEADER is for dnsbllist too: %s", codes)
	}
}

func TestSenders(t *testing.T) {
	for _, c := range []struct{ env, sender, codes string }{
		{"MFCHECK=1", "x@mx.test", "250 250"}, {"MFCHECK=1", "x@a.test", "250 250"}, {"MFCHECK=1", "x@six.test", "250 250"},
		{"MFCHECK=1", "x@none.test", "553 503"}, {"MFCHECK=1", "x@null.test", "553 503"}, {"MFCHECK=1", "x@lame.test", "451 503"},
		{"MFCHECK=1", "x", "553 503"}, {"MFCHECK=1", "", "250 250"}, {"MFCHECK=1", "#@[]", "250 250"}, {"MFCHECK=1", "x@[192.0.2.1]", "250 250"},
		{"MFCHECK=1", "x@[none]", "553 503"}, {"MFCHECK=1 RELAYCLIENT=", "x@none.test", "553 503"}, {"MFCHECK=0", "x@none.test", "250 250"},
		{"RETURNMXCHECK=", "x@none.test", "553 503"},
		{"MFDNSCHECK=", "x@none.test", "250 553"}, {"MFDNSCHECK=", "x@lame.test", "250 451"}, {"MFDNSCHECK=", "x@mx.test", "250 250"},
		{"MFDNSCHECK= RELAYCLIENT=", "x@none.test", "250 250"},
	} {
		if codes, _, _ := served(t, nil, c.env, "MAIL FROM:<"+c.sender+">\n"+rcpt); codes != c.codes {
			t.Errorf("%s %s: %s", c.env, c.sender, codes)
		}
	}
	if codes, log, _ := served(t, files{"mfcheck": "3\n"}, "", mail+"MAIL FROM:<x@none.test>\n"); codes != "250 553" || log != "MFCHECK pass [192.0.2.7] mx.test\nMFCHECK fail [192.0.2.7] none.test\n" {
		t.Error(codes, log)
	}
}

func TestTags(t *testing.T) {
	const list = "@relay.test+\n@nameless.test-\n@a.example=\n~dial.example\n?boss@bad.test\n@bad.test\n*@glob.test\n!fred@glob.test\nx*@glob.test\n"
	for _, c := range []struct {
		host, env, sender string
		code              string
	}{
		{"h.test", "", "x@relay.test", "553"}, {"h.test", "RELAYCLIENT=", "x@relay.test", "250"},
		{"unknown", "", "x@nameless.test", "553"}, {"h.test", "", "x@nameless.test", "250"},
		{"mx.a.example", "", "x@A.example", "250"}, {"h.test", "", "x@a.example", "553"}, {"unknown", "", "x@a.example", "250"}, {"na.example", "", "x@a.example", "553"},
		{"p7.dial.example", "", "x@y.test", "553"}, {"p7.dial.example", "", "x@dial.example", "250"},
		{"h.test", "", "boss@bad.test", "250"}, {"h.test", "", "x@bad.test", "553"},
		{"h.test", "", "y@glob.test", "553"}, {"h.test", "", "fred@glob.test", "250"}, {"h.test", "", "x1@glob.test", "553"}, {"h.test", "", "x", "250"},
	} {
		p, err := load(t, files{"badmailfrom": list}, strings.Fields(c.env)...)
		if err != nil {
			t.Fatal(err)
		}
		w := newWorld(strings.NewReader("MAIL FROM:<" + c.sender + ">\r\nRCPT TO:<u@here.example>\r\n"))
		w.Policy, w.Client.Peer.RemoteHost = p, c.host
		if w.Serve(); w.codes() != "250 "+c.code {
			t.Errorf("%+v: %s", c, w.codes())
		}
	}
	// Who is spared need not exist either.
	if codes, _, _ := served(t, files{"badmailfrom": "?x@none.test\n"}, "MFDNSCHECK=", "MAIL FROM:<x@none.test>\n"+rcpt); codes != "250 250" {
		t.Error(codes)
	}
}

func TestHelo(t *testing.T) {
	for _, c := range []struct{ env, helo, code string }{
		{"HELOCHECK=", "", "250"}, {"HELOCHECK=", "HELO bad\n", "553"}, {"HELOCHECK=", "HELO good\n", "250"}, {"HELOCHECK= RELAYCLIENT=", "HELO x\n", "250"},
		{"HELOCHECK=.", "", "553"}, {"HELOCHECK=.", "HELO\n", "553"}, {"HELOCHECK=.", "HELO x\n", "250"}, {"HELOCHECK=.", "HELO bad\n", "553"},
		{"HELOCHECK=!", "HELO bad\n", "250"}, {"HELOCHECK=!", "HELO\n", "553"},
		{"HELOCHECK==", "HELO C.example\n", "250"}, {"HELOCHECK==", "HELO other\n", "553"},
		{"HELOCHECK=A", "HELO a.test\n", "250"}, {"HELOCHECK=A", "HELO none.test\n", "553"}, {"HELOCHECK=A", "HELO lame.test\n", "451"},
		{"HELOCHECK=M", "HELO mx.test\n", "250"}, {"HELOCHECK=M", "HELO null.test\n", "553"}, {"HELOCHECK=M", "HELO\n", "553"},
		{"HELOCHECK=.", "HELO spared.bad\n", "250"}, {"HELOCHECK=.", "HELO x.bad\n", "553"},
		{"", "HELO bad\n", "250"},
		{"HELO_DNS_CHECK=", "HELO garbage\n", "553"}, {"HELO_DNS_CHECK=", "HELO a.test\n", "250"}, {"HELO_DNS_CHECK=", "HELO mine.test\n", "553"},
		{"HELO_DNS_CHECK=G", "HELO none.test\n", "250"}, {"HELO_DNS_CHECK=A", "HELO none.test\n", "553"}, {"HELO_DNS_CHECK=A", "HELO lame.test\n", "250"},
		{"HELO_DNS_CHECK=A", "HELO six.test\n", "250"}, {"HELO_DNS_CHECK=N", "HELO localhost\n", "553"},
		{"HELO_DNS_CHECK=B", "HELO a.test\n", "553"}, {"HELO_DNS_CHECK=B", "HELO c.example\n", "250"}, {"HELO_DNS_CHECK=BP", "HELO a.test\n", "250"},
		{"HELO_DNS_CHECK=BR RELAYCLIENT=", "HELO a.test\n", "250"}, {"HELO_DNS_CHECK=B NOHELODNSCHECK=", "HELO a.test\n", "250"},
	} {
		list := files{"badhelo": "bad\n*.bad\nspared.bad!\n", "moreipme": "192.0.2.1\n10.0.0.0/255.0.0.0\n"}
		codes, _, _ := served(t, list, c.env, c.helo+mail+rcpt)
		if !strings.HasSuffix(codes, "250 "+c.code) {
			t.Errorf("%s %q: %s", c.env, c.helo, codes)
		}
	}
	if _, log, _ := served(t, nil, "HELO_DNS_CHECK=BLP", "HELO a.test\n"+mail+rcpt); !strings.HasPrefix(log, "helo-dns-check: HELO [a.test] from [192.0.2.7]: 553 ") {
		t.Error(log)
	}
	for name, want := range map[string]bool{
		"a.b.example": true, "a.example.": true, "a": false, "": false, "a..b": false, "-a.example": false, "a_b.example": false, "a.1": false,
		"192.0.2.1": false, "[192.0.2.1]": false, strings.Repeat("a", 64) + ".example": false, strings.Repeat("a.", 130) + "example": false, "a.e": false,
	} {
		if hostName(name) != want {
			t.Errorf("%.20q", name)
		}
	}
}

func TestRcptCheckPrograms(t *testing.T) {
	const by = "#!/bin/sh\nshift 0\n"
	for _, c := range []struct{ script, env, in, codes string }{
		{"exit 0", "", rcpt, "250 250"}, {"exit 100", "", rcpt, "250 550"}, {"exit 111", "", rcpt, "250 421"}, {"exit 112", "", rcpt, "250 250"},
		{"exit 113", "", rcpt, "250 421"}, {"exit 120", "", rcpt, "250 421"}, {"exit 7", "", rcpt, "250 250"}, {"kill -9 $$", "", rcpt, "250 421"},
		{"echo 571 no >&4; exit 100", "", rcpt, "250 571"}, {"echo nonsense >&4; exit 100", "", rcpt, "250 451"}, {"echo 550 no >&4; exit 0", "", rcpt, "250 250"},
		{"exit 100", "RELAYCLIENT=", rcpt, "250 250"}, {"exit 100", "RELAYCLIENT= RCPTCHECKRELAYCLIENT=1", rcpt, "250 550"},
		{`test "$SENDER,$RECIPIENT,$HELO,$USE_FD4,$RCPTHOSTS,$RCPTFOUND" = x@mx.test,u@here.example,c.example,1,1, || exit 100`, "RCPTFOUND=1", rcpt, "250 250"},
		{`read x && exit 100; exit 0`, "", rcpt, "250 250"},
	} {
		codes, log, _ := served(t, files{"check": by + c.script + "\n"}, c.env+" PATH="+os.Getenv("PATH")+" RCPTCHECK=control/check", mail+c.in)
		if codes != c.codes || strings.Contains(c.script, ">&4") != strings.HasPrefix(log, "RCPTCHECK error: ") {
			t.Errorf("%s %s: %s %q", c.script, c.env, codes, log)
		}
	}
	if codes, _, _ := served(t, nil, "RCPTCHECK=control/none", mail+rcpt); codes != "250 421" {
		t.Error(codes)
	}
	two := files{"one": by + "exit 0\n", "two": by + "exit 100\n", "rcptchecks": "# all\ncontrol/one\ncontrol/two\n"}
	if codes, _, _ := served(t, two, "", mail+rcpt); codes != "250 550" {
		t.Error(codes)
	}
	later := files{"check": by + "echo 450 soon >&4; exit 111\n", "dialect": "jms1\n"}
	if codes, _, _ := served(t, later, "RCPTCHECK=control/check", mail+rcpt); codes != "250 450" {
		t.Error(codes)
	}
	for _, flag := range []string{"", "1"} {
		if _, err := load(t, nil, "RCPTCHECK="+flag); err == nil || !strings.Contains(ReplyFor(err), "RCPTCHECK") {
			t.Error(flag, err)
		}
	}
}

func TestRecipientPrograms(t *testing.T) {
	const program = "#!/bin/sh\nread -r a <&3\ncase \"$1 $a\" in 'x u@here.example'*|'x list-@here.example'*) exit 0;; *late@*) exit 111;; esac\nexit 1\n"
	in := mail
	for _, name := range []string{"u", "list-a-b", "v", "late"} {
		in += "RCPT TO:<" + name + "@here.example>\n"
	}
	for lines, want := range map[string]string{
		"here.example|{HOME}/ask x\n":         "250 250 250 550 451",
		"*|{HOME}/ask x\n":                    "250 250 250 550 451",
		"other.example|{HOME}/ask x\n":        "250 550 550 550 550",
		"other.example|{HOME}/ask x\n!*\n":    "250 250 250 250 250",
		"@here.example|{HOME}/ask x\n!*\n":    "250 250 250 550 451",
		"*|{HOME}/ask x\n!*\n":                "250 250 250 250 451",
		"!here.example\n*|{HOME}/ask x\n":     "250 250 250 250 250",
		"here.example|/nonexistent/program\n": "250 451 451 451 451",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "ask"), []byte(program), 0o755); err != nil {
			t.Fatal(err)
		}
		codes, _, _ := served(t, files{"recipients": strings.ReplaceAll(lines, "{HOME}", dir)}, "PATH="+os.Getenv("PATH"), in)
		if codes != want {
			t.Errorf("%s: %s, want %s", lines, codes, want)
		}
	}
	list := files{"recipients": "r.cdb\n", "r.cdb": ":u@here.example :list-@here.example old@here.example :nobody@localhost"}
	in = mail + "RCPT TO:<U@here.example>\nRCPT TO:<list-x@here.example>\nRCPT TO:<list@here.example>\nRCPT TO:<old-r=h@here.example>\nRCPT TO:<nobody>\n"
	if codes, _, _ := served(t, list, "", in); codes != "250 250 250 550 250 250" {
		t.Error(codes)
	}
}

func TestGoodRecipients(t *testing.T) {
	list := files{"goodrcptto": "u@here.example\n", "moregoodrcptto.cdb": "w@here.example @all.example", "rcpthosts": "here.example\nall.example\n"}
	in := mail + rcpt + "RCPT TO:<W@here.example>\nRCPT TO:<v@here.example>\nRCPT TO:<v@all.example>\n"
	for env, want := range map[string]string{"": "250 250 250 550 250", "ACCEPTCLIENT=": "250 250 250 250 250", "RELAYCLIENT=": "250 250 250 250 250"} {
		if codes, _, _ := served(t, list, env, in); codes != want {
			t.Errorf("%s: %s", env, codes)
		}
	}
}

func TestLogging(t *testing.T) {
	list := files{"badmailfrom": "^evil.*$\n", "validrcptto": "u@here.example\n"}
	in := "MAIL FROM:<evil@x>\n" + rcpt + mail + rcpt + "RCPT TO:<v@here.example>\n"
	codes, log, _ := served(t, list, "LOGREGEX= QMAILSMTPD_LOG_MAIL=1 QMAILSMTPD_LOG_RCPT=1 VALIDRCPTTO_LOG=1", in)
	want := "badmailfrom: <evil@x> at 192.0.2.7 matches pattern: ^evil.*$\nMAIL FROM:<evil@x>\nRCPT TO:<u@here.example>\nMAIL FROM:<x@mx.test>\nRCPT TO:<u@here.example>\n" +
		"validrcptto [192.0.2.7] found: u@here.example\nRCPT TO:<v@here.example>\nvalidrcptto [192.0.2.7] not found: v@here.example\n"
	if codes != "250 553 250 250 553" || log != want {
		t.Errorf("%s %q", codes, log)
	}
	if _, log, _ := served(t, list, "", in); log != "" {
		t.Error(log)
	}
}

func TestOtherSettings(t *testing.T) {
	if _, _, w := served(t, nil, "SMTPGREETING=other.name", "QUIT\n"); !strings.HasPrefix(w.out.String(), "220 other.name ESMTP\r\n") {
		t.Error(w.out.String())
	}
	for name, code := range map[string]string{"421GREETING": "421", "550GREETING": "550"} {
		if _, err := load(t, nil, name+"="); !strings.HasPrefix(ReplyFor(err), code) {
			t.Error(name, err)
		}
	}
	in := mail + "RCPT TO:<a%b@here.example>\n" + rcpt + rcpt
	if codes, _, _ := served(t, nil, "BLOCKRELAYPROBE= MAXRCPTCOUNT=1", in); codes != "250 553 250 452" {
		t.Error(codes)
	}
	bad := mail + "RCPT TO:<v@here.example>\nRCPT TO:<v@here.example>\n" + rcpt
	if codes, _, _ := served(t, files{"validrcptto": "u@here.example\n"}, "TARPITCOUNT=2 TARPITDELAY=999", bad); codes != "250 553 553 421" {
		t.Error(codes)
	}
	p, err := load(t, files{"smtpplugins": "", "rbllist": ""}, "CHKUSER_START=ALWAYS")
	if err != nil || strings.Join(p.Ignored, ",") != "control/smtpplugins,the variable CHKUSER_START,control/rbllist without the variable RBL" {
		t.Error(p, err)
	}
}
