package mess822

import (
	"testing"
	"time"
)

func TestWhen(t *testing.T) {
	for in, want := range map[string]string{
		"Thu, 29 Aug 1996 14:04:52 CDT":              "29 Aug 1996 14:04:52 -0500",
		" 29 aug 96 14:4 GMT":                        "29 Aug 1996 14:04:00 +0000",
		"1 Jan 01 0 : 00 : 00 -0000 (who knows)":     "1 Jan 2001 00:00:00 -0000",
		"1 Jan 2026 00:00:00 PST DST":                "1 Jan 2026 00:00:00 -0700",
		"1 Jan 126 00:00:00 +0530":                   "1 Jan 2026 00:00:00 +0530",
		"1 Jan 49 00:00:00 -0330":                    "1 Jan 2049 00:00:00 -0330",
		"1 Jan 50 00:00:00 metdst":                   "1 Jan 1950 00:00:00 +0200",
		"1 Jan 2026 00:00:00 z":                      "1 Jan 2026 00:00:00 +0000",
		"from a by b; x, y; 12 (c) Dec 2026 1:2 UTC": "12 Dec 2026 01:02:00 +0000",
		"31 Dec 2026 23:59:60 +0000 junk":            "31 Dec 2026 23:59:60 +0000",
		"":                                           "",
		"now":                                        "",
		"1 Jan 2026 00:00:00":                        "",
		"1 Jan 2026 00:00:00 XYZ":                    "",
		"1 Jan 2026 0000 GMT":                        "",
		"1 2026 Jan 00:00 GMT":                       "",
		"1 an 2026 00:00 GMT":                        "",
		"1 anf 2026 00:00 GMT":                       "",
		"-1 Jan 2026 00:00 GMT":                      "",
		"1 Jan 2026 100:00 GMT":                      "",
		"1 Jan 20260 10:00 GMT":                      "",
		"1 Jan 2026 10:00 -+100":                     "",
		"1 Jan 2026 10:00 +99999":                    "",
		"1 Jan 2026 10:00 +9970":                     "",
		"1 Jan 2026 10:00 +9959 DST":                 "",
		"1 Jan 2026 10:00 -9959":                     "1 Jan 2026 10:00:00 -9959",
		"1 Jan 2026, 10:00:00 +000":                  "",
	} {
		date, ok := When(in)
		got := ""
		if ok {
			got = date.Field()
		}
		if got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	date, _ := When("31 Sep 2026 24:00:60 -0130")
	if date.ISO() != "2026-09-31 24:00:60 -0130" || Of(date.At()).ISO() != "2026-10-02 01:31:00 +0000" || date.Digits() != "20260931240060" {
		t.Errorf("%s is %s, %s", date.ISO(), Of(date.At()).ISO(), date.Digits())
	}
}

// FuzzWhen: a date that is understood is the same when it is written and read
// again.
func FuzzWhen(f *testing.F) {
	for _, s := range []string{"Thu, 29 Aug 1996 14:04:52 CDT", "1 Jan 01 0 : 00 -0000", "1 Jan 2026 00:00:00 PST DST", ";,\"1\" Jan 99 1:1 Z"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		date, ok := When(s)
		if !ok {
			return
		}
		again, ok := When(date.Field())
		if !ok || again != date {
			t.Fatalf("%q is %q, then %v", s, date.Field(), again)
		}
		if at := date.At(); at.Year() < 998 || at.After(time.Date(10001, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Fatalf("%q is %v", s, at)
		}
	})
}
