package smtpd

import (
	"errors"
	"net/netip"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/qclient"
	"qmailkit/internal/ucspi"
)

var wellFormed = regexp.MustCompile(`\A([2-5][0-9][0-9][ -][^\r\n]*\r\n)+\z`)

var tagged = regexp.MustCompile(`\AX-RBL: \([ -~]+\n\z`)

// Whatever comes in, replies are replies, and what is queued came before an
// end.
func FuzzSession(f *testing.F) {
	f.Add("EHLO x\r\n"+begin+"DATA\r\nx\r\n.\r\n"+quit, false)
	f.Add(begin+"DATA\r\na\n.\nMAIL FROM:<z>\r\n.\r\n", true)
	f.Add(begin+"BDAT 3\r\na\r\nBDAT 2 LAST\r\n\r\nRSET\r\n", false)
	f.Add("MAIL FROM:<@a:\"b\\\"c\"@[127.0.0.1]> SIZE=1 RET=FULL\r\nRCPT TO:<u@here.example> ORCPT=rfc822;a+20b\r\n", false)
	f.Add("\x16\x03\x01\r\n\x00\r\nQUIT", false)
	f.Fuzz(func(t *testing.T, in string, bare bool) {
		w := newWorld(strings.NewReader(in))
		w.Policy.BareLF = bare
		w.Policy.DataBytes = 1000
		w.Serve()
		if !wellFormed.MatchString(w.out.String()) {
			t.Fatalf("%q", w.out.String())
		}
		ends := strings.Count(in, ".\r\n") + strings.Count(strings.ToUpper(in), "LAST")
		if n := len(w.accepted()); n > ends || strings.Count(w.out.String(), "250 ok 1000000000 qp 7\r\n") != n {
			t.Fatalf("%d messages, %d ends", n, ends)
		}
		for _, q := range w.accepted() {
			if len(q.body()) > 1000 || strings.ContainsAny(q.envelope.String(), "\x00\r\n") {
				t.Fatalf("%q", q.envelope.String())
			}
		}
	})
}

// Whatever a program in the place of qmail-queue says, the client hears a refusal.
func FuzzRefusal(f *testing.F) {
	f.Add("no (#5.3.0)", true)
	f.Add("virus\r\n250 ok 1 qp 2\r\n", false)
	f.Add("later\n", false)
	f.Fuzz(func(t *testing.T, text string, permanent bool) {
		w := newWorld(strings.NewReader(begin + "DATA\r\n.\r\nNOOP\r\n"))
		w.refuse = &qclient.Refusal{Permanent: permanent, Text: text}
		w.Serve()
		if want := map[bool]string{true: "250 250 354 554 250", false: "250 250 354 451 250"}[permanent]; !wellFormed.MatchString(w.out.String()) || w.codes() != want {
			t.Fatalf("%q: %q", text, w.out.String())
		}
	})
}

func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"FROM:<a@b>", "FROM:a@b SIZE=1", "<@a,@b:c@d>", `TO:<"a\"b>"@c> X`, "FROM:<>", ":@", "<[1.2.3.4]@[127.0.0.1]>"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		address, rest, ok := parseAddress(arg)
		if len(address)+len(rest) > len(arg) || ok && strings.Contains(address, "\r") || !strings.HasSuffix(arg, rest) {
			t.Fatalf("%q: %q %q", arg, address, rest)
		}
		parseLiteral(address)
		mailParameters(rest)
		rcptParameters(rest)
	})
}

// Whatever is listed, each dialect refuses what stands there as it is, and a
// pattern of nothing but escaped bytes is for those bytes.
func FuzzList(f *testing.F) {
	f.Add("^a.*@b$\n!c", "a@b")
	f.Add("*@[a-z]*.x\n!y@z", "q@w.x")
	f.Add("?spared@x\n@h+\n@h-\n~far\nhelo!", "b@h")
	f.Fuzz(func(t *testing.T, text, s string) {
		lines := strings.Split(text, "\n")
		for _, dialect := range []Dialect{Exact, Regex, Tagged} {
			list, err := NewList(lines, dialect, Regexp)
			if (err != nil) && dialect != Regex {
				t.Fatal(err)
			}
			list.Match(s)
			list.MatchSender(&Client{Peer: ucspi.Peer{RemoteHost: s}}, s)
			if dialect != Exact {
				continue
			}
			for _, line := range lines {
				if !list.Match(line) {
					t.Fatalf("%q is listed", line)
				}
			}
		}
		for _, line := range lines {
			signOf(line)
		}
		if !glob(`\`+strings.Join(strings.Split(s, ""), `\`), s) && s != "" && isASCII(s) {
			t.Fatalf("%q is not itself", s)
		}
		if !glob(text+"*", text+s) && !strings.ContainsAny(text, `*?[\`) {
			t.Fatalf("%q does not begin with %q", text+s, text)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// lists is a DNS in which every list of clients says the same.
type lists struct {
	Resolver
	texts  []string
	answer netip.Addr // not valid: that there is nothing
	err    error
	asked  []string
}

func (l *lists) TXT(name string) ([]string, error) {
	l.asked = append(l.asked, name)
	return l.texts, l.err
}

func (l *lists) IPv4(name string) ([]netip.Addr, error) {
	l.asked = append(l.asked, name)
	if !l.answer.IsValid() {
		return nil, dns.ErrNoName
	}
	return []netip.Addr{l.answer}, l.err
}

// Whatever lines the lists' files have, and whatever is in the DNS: what the
// client, the log and the message are told is one printable line, and only a
// list that was asked and has the client is held against it.
func FuzzBlocklists(f *testing.F) {
	f.Add("+good.zone\n-bad.zone:-text %IP%\n=log.zone", false, "listed\r\n250 ok", uint8(2))
	f.Add("a.zone reject any Listed, see %IP%\nb.zone addheader 127.0.0.2 You are", true, "", uint8(2))
	f.Add("zone", false, strings.Repeat("x", 600), uint8(255))
	f.Fuzz(func(t *testing.T, lines string, ldap bool, text string, last uint8) {
		zones := &lists{texts: []string{text}}
		switch {
		case last == 255:
			zones.err, zones.answer = errors.New("timeout"), netip.IPv4Unspecified()
		case last > 0:
			zones.answer = netip.AddrFrom4([4]byte{127, 0, 0, last})
		default:
			zones.texts = nil
		}
		parse := parseBlocklist
		if ldap {
			parse = parseRblList
		}
		b := &Blocklists{resolver: zones, failClosed: last == 255}
		if b.add("file", strings.Split(lines, "\n"), parse) != nil {
			return
		}
		var log []string
		c := &Client{Log: func(line string) { log = append(log, line) }}
		got := b.judge("192.0.2.7", c.say)
		if !slices.Contains([]string{"pass", "accept", "delay", "reject", "ignore"}, got.result) ||
			(got.reply != "") != (got.result == "delay" || got.result == "reject") {
			t.Fatalf("%+v", got)
		}
		if got.reply != "" && !wellFormed.MatchString(got.reply+"\r\n") || len(got.reply) > maxListingText+4 {
			t.Fatalf("%q", got.reply)
		}
		for field := range strings.SplitAfterSeq(got.fields, "\n") {
			if field != "" && (!tagged.MatchString(field) || len(field) > maxListingText+10 || got.result != "ignore") {
				t.Fatalf("%+v", got)
			}
		}
		for _, line := range log {
			if strings.ContainsFunc(line, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Fatalf("the log is told %q", line)
			}
		}
		for _, name := range zones.asked {
			if !strings.HasPrefix(name, "7.2.0.192.") {
				t.Fatalf("asks for %q", name)
			}
		}
		if last == 0 && got.result != "pass" {
			t.Fatalf("%+v of lists that have nobody", got)
		}
	})
}

// Whatever control/validrcptto, goodrcptto and recipients hold: what is listed is
// valid, what is listed with a dash alone is not, and programs and tables are
// asked for addresses at the recipient's own host.
func FuzzRecipients(f *testing.F) {
	f.Add("u@here.example\n-v@here.example\n@all.example\n-@none.example", "w@x.example\n", "!a.example\n@b.example|prog x\n!*", "List-joe=far.example@B.example")
	f.Add("-u\nu", "@\n", "*|p\n!*\n!", "u")
	f.Add("", "", "!*", "a@b@c")
	f.Fuzz(func(t *testing.T, list, good, rules, recipient string) {
		entries := strings.Split(list, "\n")
		v := &Valid{list: control.NewSet(entries)}
		l := &loader{p: &cmd.Proc{Home: t.TempDir()}}
		for _, line := range strings.Split(rules, "\n") {
			if rule, err := l.recipientRule(v, line); err == nil && rule.table == nil {
				v.files, v.hasFiles = append(v.files, rule), true
			}
		}
		host := "@localhost"
		if at := strings.LastIndexByte(recipient, '@'); at >= 0 {
			host = control.Fold(recipient[at:])
		}
		v.run = func(_ []string, address string) (bool, error) {
			if !strings.HasSuffix(address, host) || len(address) > len(recipient)+len(host) {
				t.Fatalf("%q: a program is asked for %q", recipient, address)
			}
			return false, nil
		}
		got, err := v.judge(recipient)
		switch {
		case err != nil:
			t.Fatal(err)
		case v.list.Has(recipient) && got != valid, !v.hasFiles && got == invalid && !strings.Contains(list, "-"):
			t.Fatalf("%q in %q: %v", recipient, list, got)
		}
		v = &Valid{good: control.NewSet(strings.Split(good, "\n"))}
		if got, err := v.judge(recipient); err != nil || got == invalid || v.good.Has(recipient) && got != valid {
			t.Fatalf("%q in %q: %v %v", recipient, good, got, err)
		}
		for key := range tableKeys(control.Fold(recipient)) {
			if len(key) > len(recipient)+len("default") {
				t.Fatalf("%q: %q", recipient, key)
			}
		}
	})
}
