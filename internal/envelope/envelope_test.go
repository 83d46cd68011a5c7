package envelope

import "testing"

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
