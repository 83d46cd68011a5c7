package showctl

import "testing"

// No password is shown, and a line without one is shown as it stands.
func TestMask(t *testing.T) {
	for line, want := range map[string]string{
		"a.example:relay.example":                  "",
		"a.example:relay.example:26":               "",
		":[192.0.2.1];465":                         "",
		"a.example:":                               "",
		"a.example:relay:26|joe|secret":            "a.example:relay:26|joe|" + hidden,
		"a.example:relay;26|joe|sec|ret":           "a.example:relay;26|joe|" + hidden,
		"joe@a.example|joe|secret":                 "joe@a.example|joe|" + hidden,
		"a.example:relay:26 joe secret":            "a.example:relay:26 joe " + hidden,
		"a.example:relay\t-joe  secret more":       "a.example:relay\t-joe  " + hidden,
		"a.example: relay":                         "",
		"a.example:relay|joe":                      "",
		"a.example:relay|joe|":                     "",
		"a.example:control/c.pem|control/k.pem|pw": "a.example:control/c.pem|control/k.pem|" + hidden,
		"a b":   "",
		"  a b": "",
		"":      "",
	} {
		if want == "" {
			want = line
		}
		if got := mask(line); got != want {
			t.Errorf("%q: %q, not %q", line, got, want)
		}
	}
}
