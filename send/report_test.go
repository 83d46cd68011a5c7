package send

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func reports(b []byte) (all []Report) {
	var r Reports
	for _, c := range b {
		if report, ok := r.Add(c); ok {
			all = append(all, report)
		}
	}
	return all
}

func TestReports(t *testing.T) {
	long := strings.Repeat("x", 20000)
	for in, want := range map[string]Report{
		"\x03Kok\n\x00":                {3, Success, "ok\n"},
		"\x00Zlater\x00":               {0, Defer, "later"},
		"\xffD\x00":                    {255, Failure, ""},
		"\x00\x00":                     {0, 0, ""},
		"\x05\x00":                     {5, 0, ""},
		"\x00Qodd\x00":                 {0, 'Q', "odd"},
		"\x01D" + long[:9998] + "\x00": {1, Failure, long[:9998]},
		"\x01D" + long + "\x00":        {1, Failure, long[:9998]},
	} {
		if got := reports([]byte(in)); len(got) != 1 || got[0] != want {
			t.Errorf("%.20q: %.80v", in, got)
		}
	}
	if got := reports([]byte("\x00Kok\x00\x00Kagain\x00\x01Zun")); len(got) != 2 || got[1].Text != "again" {
		t.Errorf("%+v", got)
	}
}

func TestWideReports(t *testing.T) {
	r := Reports{Wide: true}
	var got []Report
	for _, b := range []byte("\x00\x00Kok\x00\x01\x00Zlater\x00\x00\x05\x00") {
		if report, ok := r.Add(b); ok {
			got = append(got, report)
		}
	}
	if want := []Report{{0, Success, "ok"}, {256, Defer, "later"}, {5, 0, ""}}; !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
}

func TestGiveUp(t *testing.T) {
	for text, want := range map[string]string{
		"later\n": "later\n" + tooOld,
		"later":   "later\n" + tooOld,
		"":        tooOld,
	} {
		if got := (Report{1, Defer, text}).GiveUp(); got != (Report{1, Failure, want}) {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

func FuzzReports(f *testing.F) {
	f.Add([]byte("\x00Kok\x00\x00\x00\x01D\n\n\x00"))
	f.Add(bytes.Repeat([]byte("x"), ReportMax+3))
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, r := range reports(in) {
			if r.Slot < 0 || r.Slot > 255 || len(r.Text) > ReportMax-2 || strings.Contains(r.Text, "\x00") {
				t.Fatalf("%+v", r)
			}
			if r.Verdict == 0 && r.Text != "" {
				t.Fatalf("text without a verdict: %+v", r)
			}
		}
	})
}
