package conformance

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestMasks(t *testing.T) {
	m, err := newMasks(commandMasks(), [][2]string{{`(pid) \d+`, `\1 <$N>`}})
	if err != nil {
		t.Fatal(err)
	}
	hide := [][2]string{{"/tmp/qc.1", "{W}"}}
	for in, want := range map[string]string{
		"Sun Sep  9 01:46:40 2001":                     "<CTIME>",
		"Date: 9 Sep 2001 01:46:40 -0000":              "Date: <DATE>",
		"<20010909014640.4242.qmail@test.example>":     "<<STAMP>.<PID>.qmail@test.example>",
		"(qmail 77 invoked by uid 5); qp 12 in qp_12 ": "(qmail <PID> invoked by uid 5); qp <PID> in qp_<PID> ",
		"pid 12 in /tmp/qc.1/x":                        "pid <$N> in {W}/x",
		"@4000000037c219bf2ef02e94 up":                 "@<TAI64N> up",
		"nothing to hide, 12":                          "nothing to hide, 12",
	} {
		if got := m.apply(in, hide); got != want {
			t.Errorf("%q: %q, not %q", in, got, want)
		}
	}
	got := m.value(named{{"pid 1", "a"}, {"pid 2", nil}}, nil)
	if want := (map[string]any{"pid <$N>": "a", "pid <$N>#2": nil}); !reflect.DeepEqual(got, want) {
		t.Errorf("names that become equal: %v, not %v", got, want)
	}
}

func TestDeviations(t *testing.T) {
	path := filepath.Join(t.TempDir(), "DEVIATIONS.md")
	text := "# Title\n\nProse with `one/not-listed`.\n\n- `a/1` `b@/two-2`\n- `c/3`\n- no `d/4` here\n"
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	got, err := Deviations(path)
	if err != nil {
		t.Fatal(err)
	}
	if want := (map[string]bool{"a/1": true, "b@/two-2": true, "c/3": true}); !reflect.DeepEqual(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestTree(t *testing.T) {
	dir := t.TempDir()
	var in files
	err := json.Unmarshal([]byte(`{"M/new/1000000000.1.h": "b\u00ff", "M/new/1000000000.2.h": "a", "M/cur/1000000000.3.h:2,S": "c",
		"empty": {"dir": true}, "skip/x": "y", "to": {"link": "{W}/f"}, "f": {"text": "", "mode": "600"}}`), &in)
	if err != nil {
		t.Fatal(err)
	}
	if err := in.put(dir, func(s string) string { return s }); err != nil {
		t.Fatal(err)
	}
	got, err := tree(dir, []string{"skip"})
	if err != nil {
		t.Fatal(err)
	}
	want := named{{"f", ""}, {"to", "-> {W}/f"}, {"M/cur/<MD>:2,S", []string{"c"}},
		{"M/new/<MD>", []string{"a", "bÿ"}}, {"empty/", nil}}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v, not %v", got, want)
	}
}

func TestDifferences(t *testing.T) {
	c := &Case{Expect: Outcome{"exit": 0.0, "stdout": "x"}}
	if d := c.Differences(Outcome{"exit": 0.0, "stdout": "x"}); len(d) != 0 {
		t.Errorf("equal outcomes differ: %q", d)
	}
	for _, got := range []Outcome{{"exit": 1.0, "stdout": "x"}, {"exit": 0.0}, {"exit": 0.0, "stdout": "x", "net": nil}} {
		if d := c.Differences(got); len(d) != 1 {
			t.Errorf("%v: %q", got, d)
		}
	}
}
