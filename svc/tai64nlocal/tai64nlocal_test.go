package main

import (
	"bufio"
	"strings"
	"testing"
	"time"

	"qmailkit/internal/clitest"
)

func TestRun(t *testing.T) {
	for _, c := range []struct{ tz, in, want string }{
		{"UTC", "", ""},
		{"UTC", "@4000000037c219bf2ef02e94 a\nb @4000000037c219bf2ef02e94\n", "1999-08-24 04:04:05.787492500 a\nb @4000000037c219bf2ef02e94\n"},
		{"UTC", "@4000000037c219bf2ef02e94\n\n@4000000037c219bf2ef02e94", "1999-08-24 04:04:05.787492500\n\n1999-08-24 04:04:05.787492500"},
		{"UTC", "@4000000037c219bfffffffff x", "1999-08-24 04:04:05.4294967295 x"},
		{"UTC", "@3fffffff8000000000000000", "1901-12-13 20:45:42.000000000"},
		{"UTC", "@4000003afff4418a00000000", "10000-01-01 00:00:00.000000000"},
		{"EST5EDT,M3.2.0,M11.1.0", "@4000000037c219bf2ef02e94", "1999-08-24 00:04:05.787492500"},
		{"<+03>-3", "@4000000037c219bf2ef02e94", "1999-08-24 07:04:05.787492500"},
		{":<-03>3", "@4000000037c219bf2ef02e94", "1999-08-24 01:04:05.787492500"},
		{"No/Such", "@4000000037c219bf2ef02e94", "1999-08-24 04:04:05.787492500"},
		{"/no/such", "@4000000037c219bf2ef02e94", "1999-08-24 04:04:05.787492500"},
		{"", "@4000000037c219bf2ef02e94", "1999-08-24 04:04:05.787492500"},
		{"Local", "@4000000037c219bf2ef02e94", "1999-08-24 04:04:05.787492500"},
	} {
		got := clitest.Run(t, "tai64nlocal", Run, clitest.World{Env: []string{"TZ=" + c.tz}, Input: c.in})
		if got.Code != 0 || got.Stdout != c.want || got.Stderr != "" {
			t.Errorf("%s %q: %+v", c.tz, c.in, got)
		}
	}
}

// What is no stamp, and what no calendar knows, is passed through.
func TestOdd(t *testing.T) {
	for _, in := range []string{
		"@\n", "@", "@4\n", "@ x\n", "@@4000000037c219bf2ef02e94\n", " @4000000037c219bf2ef02e94\n", "@4000000037C219BF2EF02E94\n",
		"@4000000037c219bf2ef02e940\n", "@4000000037c219bf2ef02e9 4\n", "@ffffffffffffffff00000000\n", "@000000000000000000000000\n",
		"@7fffffffffffffffffffffff\n", "@4200000000000000ffffffff\n", "@" + strings.Repeat("0", 500) + "\n",
	} {
		got := clitest.Run(t, "tai64nlocal", Run, clitest.World{Env: []string{"TZ=UTC"}, Input: in})
		if got.Code != 0 || got.Stdout != in {
			t.Errorf("%q: %+v", in, got)
		}
	}
}

func FuzzTake(f *testing.F) {
	f.Add("@4000000037c219bf2ef02e94 a\n", 3)
	f.Add("@40\n@\n", 1)
	f.Fuzz(func(t *testing.T, in string, size int) {
		convert := func(size int) string {
			var b strings.Builder
			out := bufio.NewWriter(&b)
			c := converter{zone: time.UTC}
			for rest := []byte(in); len(rest) > 0; {
				n := min(size, len(rest))
				c.take(rest[:n], out)
				rest = rest[n:]
			}
			c.take(nil, out)
			out.Flush()
			return b.String()
		}
		whole, pieces := convert(max(1, len(in))), convert(1+(size&0xff))
		if whole != pieces {
			t.Errorf("%q in pieces is %q, not %q", in, pieces, whole)
		}
		if strings.Count(whole, "\n") != strings.Count(in, "\n") {
			t.Errorf("%q has other lines in %q", in, whole)
		}
	})
}
