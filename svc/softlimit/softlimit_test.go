package main

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/scripttest"
	"qmailkit/internal/sys"
)

func TestMain(m *testing.M)   { scripttest.Main(m, map[string]scripttest.Program{"softlimit": Run}) }
func TestScript(t *testing.T) { scripttest.Run(t, "testdata/script") }

func TestNumber(t *testing.T) {
	for arg, want := range map[string]uint64{
		"": 0, "0": 0, "0031": 31, "=": highest, "18446744073709551615": highest, "99999999999999999999": highest,
	} {
		if got, ok := number(arg); got != want || !ok {
			t.Errorf("%q: %d %v", arg, got, ok)
		}
	}
	for _, arg := range []string{"-1", "-", "+1", "1k", " 1", "==", "x"} {
		if _, ok := number(arg); ok {
			t.Errorf("%q is a number", arg)
		}
	}
}

func FuzzNumber(f *testing.F) {
	f.Add("123")
	f.Fuzz(func(t *testing.T, arg string) {
		if n, ok := number(arg); ok && arg != "=" && arg != "" && n != highest && strings.TrimLeft(arg, "0") != strings.TrimLeft(strconv.FormatUint(n, 10), "0") {
			t.Errorf("%q: %d", arg, n)
		}
	})
}

// This test's own program is one of ours, the shell is not.
func TestRoom(t *testing.T) {
	for _, c := range []struct {
		program, env string
		limits, want []limit
		memory       string
	}{
		{"/bin/sh", "", []limit{{sys.LimitAddress, 5}}, []limit{{sys.LimitAddress, 5}}, ""},
		{"/bin/sh -c " + os.Args[0] + "x", "", []limit{{sys.LimitAddress, 5}}, []limit{{sys.LimitAddress, 5}}, ""},
		{"/bin/sh -x 1 " + os.Args[0], "", []limit{{sys.LimitAddress, 5}}, []limit{{sys.LimitAddress, reservedAddress + 5}}, "16777216"},
		{"no-such-program", "", []limit{{sys.LimitAddress, 5}}, []limit{{sys.LimitAddress, 5}}, ""},
		{os.Args[0], "", []limit{{sys.LimitFiles, 5}}, []limit{{sys.LimitFiles, 5}}, ""},
		{os.Args[0], "", []limit{{sys.LimitAddress, highest}}, []limit{{sys.LimitAddress, highest}}, ""},
		{os.Args[0], "", []limit{{sys.LimitData, 20 << 20}, {sys.LimitStack, 5}}, []limit{{sys.LimitData, reservedData + 20<<20}, {sys.LimitStack, 5}}, "20971520"},
		{os.Args[0], "", []limit{{sys.LimitAddress, 2000000}, {sys.LimitData, highest - 1}}, []limit{{sys.LimitAddress, reservedAddress + 2000000}, {sys.LimitData, highest}}, "16777216"},
		{os.Args[0], "GOMEMLIMIT=7", []limit{{sys.LimitAddress, 5}}, []limit{{sys.LimitAddress, reservedAddress + 5}}, "7"},
	} {
		p, _ := clitest.Proc(t, "softlimit", clitest.World{Env: []string{c.env}})
		makeRoom(p, c.limits, strings.Fields(c.program))
		if !slices.Equal(c.limits, c.want) || p.Getenv(memoryVar) != c.memory {
			t.Errorf("%s: %v, %q; not %v, %q", c.program, c.limits, p.Getenv(memoryVar), c.want, c.memory)
		}
	}
}
