package main

import (
	"slices"
	"strings"
	"testing"

	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M)   { scripttest.Main(m, map[string]scripttest.Program{"envini": Run}) }
func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }

func TestVariables(t *testing.T) {
	text := "a=1\n b = two words \n# c=3\n;d=4\n[s]\ne=5\r\nf=\n=x\nnothing\n[ t u ]\ng==\n[open\nh=[x]"
	want := []string{"Pa=1", "Pb=two words", "Ps_e=5", "Ps_f=", "Pt u_g==", "Pt u_h=[x]"}
	if got := variables(text, "P"); !slices.Equal(got, want) {
		t.Errorf("%q, not %q", got, want)
	}
}

func FuzzVariables(f *testing.F) {
	f.Add("a=1\n[s]\nb = 2\n", "P")
	f.Add("[]\n=\n[=]\n", "")
	f.Fuzz(func(t *testing.T, text, prefix string) {
		for _, entry := range variables(text, prefix) {
			if !strings.HasPrefix(entry, prefix) || !strings.Contains(entry[len(prefix):], "=") {
				t.Errorf("%q: %q", text, entry)
			}
		}
	})
}
