package main

import (
	"strings"
	"testing"
)

func TestAddedFiles(t *testing.T) {
	got, _ := shown(t, map[string]string{
		"me": "m.example\n", "smtproutes": ":relay|joe|secret\nb.example:\n", "authsenders": "x@y|joe|secret\n", "maxrcpt": "7\n", "scram.cdb": "secret", "dialect": "jms1\n",
	})
	for name, want := range map[string]string{
		"smtproutes": "\nSMTP route: :relay|joe|(password hidden)\nSMTP route: b.example:", "authsenders": "\nRoute for a sender: x@y|joe|" + "(password hidden)",
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
