package rules

import (
	"path/filepath"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
)

func TestParse(t *testing.T) {
	for _, c := range []struct {
		value string
		set   bool
		want  Rules
	}{
		{"", false, Rules{Off: true}},
		{"-", true, Rules{Off: true}},
		{"0", true, Rules{Off: true}},
		{"", true, Rules{Plain: true}},
		{"+cram", true, Rules{Plain: true, Cram: true}},
		{"cram", true, Rules{Cram: true}},
		{"!", true, Rules{Must: true, Plain: true}},
		{"!cram", true, Rules{Must: true, Cram: true}},
		{"!+cram", true, Rules{Must: true, Plain: true, Cram: true}},
	} {
		if got := Parse(c.value, c.set); got != c.want {
			t.Errorf("%q: %+v", c.value, got)
		}
	}
}

func TestArguments(t *testing.T) {
	dir := t.TempDir()
	clitest.Script(t, filepath.Join(dir, "check.pl"), "exit 0")
	for _, c := range []struct {
		args          string
		host, program string
	}{
		{"", "", ""},
		{"checkpassword", "", ""},
		{"checkpassword true", "", "checkpassword true"},
		{"checkpassword true x", "", "checkpassword true x"},
		{"/bin/checkpassword /bin/true", "", "/bin/checkpassword /bin/true"},
		{"mx.example /bin/checkpassword /bin/true", "mx.example", "/bin/checkpassword /bin/true"},
		{"/bin/check.pl true x", "", "/bin/check.pl true x"},
		{"check.pl true x", "", "check.pl true x"},
	} {
		host, program := Arguments(strings.Fields(c.args), "/nowhere:"+dir)
		if host != c.host || strings.Join(program, " ") != c.program {
			t.Errorf("%q: %q %q", c.args, host, program)
		}
	}
}
