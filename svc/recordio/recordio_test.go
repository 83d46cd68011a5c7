package main

import (
	"bytes"
	"strings"
	"testing"

	"qmailkit/internal/scripttest"
)

func TestMain(m *testing.M) {
	scripttest.Main(m, map[string]scripttest.Program{"recordio": Run})
}

func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }

func TestLines(t *testing.T) {
	long := strings.Repeat("x", most)
	for in, want := range map[string]string{
		"": "", "a\n": "7 < a \n", "a": "7 < a+\n", "\n\nb": "7 <  \n7 <  \n7 < b+\n", "\x00\xff\r\n": "7 < \x00\xff\r \n", long: "7 < " + long + "+\n",
	} {
		if got := string(bytes.Join(lines("7 < ", []byte(in)), nil)); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
}
