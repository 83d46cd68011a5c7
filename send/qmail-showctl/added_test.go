package main

import (
	"strings"
	"testing"
)

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

func TestAddedFiles(t *testing.T) {
	got, _ := shown(t, map[string]string{
		"me": "m.example\n", "smtproutes": ":relay|joe|secret\nb.example:\n", "authsenders": "x@y|joe|secret\n", "maxrcpt": "7\n", "scram.cdb": "secret", "dialect": "jms1\n",
	})
	for name, want := range map[string]string{
		"smtproutes": "\nSMTP route: :relay|joe|" + hidden + "\nSMTP route: b.example:", "authsenders": "\nRoute for a sender: x@y|joe|" + hidden,
		"maxrcpt": "A message has at most 7 recipients.", "scram.cdb": "What is known of passwords, for AUTH by SCRAM.", "dialect": "badmailfrom and its like are read as by jms1.",
	} {
		if got[name] != want {
			t.Errorf("%s: %q, want %q", name, got[name], want)
		}
	}
	for name, text := range got {
		if strings.Contains(text, "secret") {
			t.Errorf("%s: %q", name, text)
		}
	}
	if _, there := got["qmtproutes"]; there {
		t.Error("qmtproutes is not there and is described")
	}
}
