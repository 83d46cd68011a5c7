package remote

import (
	"fmt"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/control"
)

func demands(t testing.TB, destinations, certs string) Demands {
	t.Helper()
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"tlsdestinations": destinations, "domaincerts": certs})
	d, err := loadDemands(control.Dir(dir))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// show puts a demand in words.
func show(d Demand) string {
	words := []string{}
	say := func(yes bool, format string, a ...any) {
		if yes {
			words = append(words, fmt.Sprintf(format, a...))
		}
	}
	say(d.Never, "never")
	say(d.Must, "must")
	say(d.Authorities != "", "ca=%s", d.Authorities)
	say(d.Name != "", "name=%s", d.Name)
	say(len(d.Fingerprint) > 0, "print=%d", len(d.Fingerprint))
	say(d.Depth >= 0, "depth=%d", d.Depth)
	say(d.Port != 0, "port=%d", d.Port)
	say(d.Implicit, "implicit")
	say(d.Cert != "", "cert=%s,%s", d.Cert, d.Key)
	return strings.Join(words, " ")
}

func TestDemands(t *testing.T) {
	print256 := strings.Repeat("ab", 32)
	d := demands(t, `
!never.example:
!.clear.example:
=named.example:ca.pem|3;s2465
~.wild.example:certs/|HIGH|2;587
four.example:ca.pem|HIGH:!aNULL|2;465
fourthree.example:ca.pem|2;465|HIGH:!aNULL
.ends.example:
-anon.example:ca.pem
print.example:=`+print256+`
%other.example:`+strings.ToUpper(print256)+`
port.example:;26
caport.example:ca.pem;26
empties.example:|||
from.example:ca.pem|||joe.example
clash.example:ca.pem|1|2
words.example:ca.pem|HIGH|LOW
many.example:a|b|c|d|e
short.example:=abcd
zero.example:|0;0
*:all.pem
`, "a.example:a.pem|a.key|secret\n.a.example:b.pem\n*:any.pem|any.key\n")
	for destination, want := range map[string]string{
		"never.example":     "never",
		"x.clear.example":   "never",
		"NAMED.example":     "must ca=ca.pem name=named.example depth=3 port=2465 implicit",
		"x.wild.example":    "must ca=certs/ name=x.wild.example depth=2 port=587",
		"four.example":      "must ca=ca.pem depth=2 port=465",
		"fourthree.example": "must ca=ca.pem depth=2 port=465",
		"x.ends.example":    "must",
		"anon.example":      "must",
		"print.example":     "must print=64",
		"other.example":     "must print=64",
		"port.example":      "must port=26",
		"caport.example":    "must ca=ca.pem port=26",
		"empties.example":   "must",
		"from.example":      "must ca=ca.pem",
		"elsewhere.example": "ca=all.pem",
		"clash.example":     "!16: ciphers and depth cannot be told apart",
		"words.example":     "!17: ciphers and depth cannot be told apart",
		"many.example":      "!18: more fields than there are",
		"short.example":     "!19: no fingerprint by SHA-1, SHA-224, SHA-256 or SHA-512",
		"zero.example":      "!20: no valid port",
	} {
		got, err := d.For("x@joe.example", destination)
		text := strings.TrimSuffix(show(got), "cert=any.pem,any.key")
		if err != nil {
			text = strings.Replace(err.Error(), "control/tlsdestinations:", "!", 1)
		}
		if strings.TrimSpace(text) != want {
			t.Errorf("%s: %q, want %q", destination, text, want)
		}
	}
	for sender, want := range map[string]string{
		"x@a.example": "must cert=a.pem,a.key", "x@b.a.example": "must cert=b.pem,b.pem", "x@c": "must cert=any.pem,any.key", "": "must cert=any.pem,any.key",
	} {
		if got, err := d.For(sender, "x.ends.example"); show(got) != want || err != nil {
			t.Errorf("%q: %q %v", sender, show(got), err)
		}
	}
	if got, err := d.For("x@other.example", "from.example"); err != nil || show(got) != "cert=any.pem,any.key" {
		t.Errorf("for another sender: %q %v", show(got), err)
	}
	for text, want := range map[string]string{
		"": "", "=*:\n*:x": "must name=h", "~*:": "must name=h", "+*:ca": "must ca=ca", "-*:": "must", "-:": "", "*:": "",
	} {
		if got, err := demands(t, text, "").For("", "h"); err != nil || show(got) != want {
			t.Errorf("%q: %q %v", text, show(got), err)
		}
	}
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"tlsdestinations": "x\n"})
	if _, err := loadDemands(control.Dir(dir)); err == nil || err.Error() != "control/tlsdestinations:1: no colon" {
		t.Error(err)
	}
}

func FuzzDemand(f *testing.F) {
	f.Add("", "ca.pem|2;s465|HIGH|d")
	f.Add("=", "=ab:cd|HIGH|2;25")
	f.Add("%", ";70000")
	f.Fuzz(func(t *testing.T, prefix, text string) {
		d, from, err := parseDemand(prefix, "h", text)
		if err == nil && (d.Never && d.Must || strings.Contains(from, "|")) {
			t.Errorf("%q %q: %+v %q", prefix, text, d, from)
		}
	})
}
