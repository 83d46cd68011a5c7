package envelope

import (
	"strings"
	"testing"
)

func TestSender(t *testing.T) {
	for _, c := range []struct{ sender, recipient, want string }{
		{"a@b", "r@h", "a@b"},
		{"", "r@h", ""},
		{"list-@host-@[]", "r@h", "list-r=h@host"},
		{"list-@host-@[]", "r@x@h", "list-r@x=h@host"},
		{"list-@host-@[]", "r", "list-@host-@[]"},
		{"nohost-@[]", "r@h", "nohost-@[]"},
		{"-@[]", "r@h", "-@[]"},
		{"#@[]", "r@h", "#@[]"},
	} {
		if got := Sender(c.sender, c.recipient); got != c.want {
			t.Errorf("%q %q: %q, want %q", c.sender, c.recipient, got, c.want)
		}
	}
}

func TestBounceTo(t *testing.T) {
	for sender, want := range map[string]string{"list-@host-@[]": "list-@host", "a@b": "a@b", "#@[]": "#@[]"} {
		if got := BounceTo(sender); got != want {
			t.Errorf("%q: %q, want %q", sender, got, want)
		}
	}
}

// The host of a variable sender stays, the recipient is in it whole, and what
// bounces to the list does not name one.
func FuzzSender(f *testing.F) {
	f.Add("list-@host-@[]", "r@h")
	f.Add("a@b@c-@[]-@[]", "r@x@h")
	f.Add("-@[]", "@")
	f.Add("#@[]", "")
	f.Fuzz(func(t *testing.T, sender, recipient string) {
		got, base := Sender(sender, recipient), BounceTo(sender)
		if strings.HasSuffix(sender, verpSuffix) != (base != sender) || len(base) > len(sender) {
			t.Fatalf("%q bounces to %q", sender, base)
		}
		at := strings.LastIndexByte(base, '@')
		if base == sender || at < 0 || !strings.Contains(recipient, "@") {
			if got != sender {
				t.Fatalf("%q %q: %q", sender, recipient, got)
			}
			return
		}
		if !strings.HasPrefix(got, base[:at]) || !strings.HasSuffix(got, base[at:]) || len(got) != len(base)+len(recipient) {
			t.Fatalf("%q %q: %q", sender, recipient, got)
		}
		middle := got[at : len(got)-len(base[at:])]
		if k := strings.LastIndexByte(recipient, '@'); middle[:k]+"@"+middle[k+1:] != recipient || middle[k] != '=' {
			t.Fatalf("%q %q: %q", sender, recipient, got)
		}
	})
}
