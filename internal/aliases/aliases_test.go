package aliases

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"qmailkit/internal/addr"
	"qmailkit/internal/control"
)

func named(t *testing.T, line string, includes bool) (list []string, err error) {
	t.Helper()
	err = NextLine(line, includes, func(a Address) error {
		s := a.Text
		if a.Include {
			s = "include:" + s
		} else if !a.HasAt {
			s += " (local)"
		}
		list = append(list, s)
		return nil
	})
	return list, err
}

func TestNextLine(t *testing.T) {
	for _, c := range []struct {
		line     string
		includes bool
		want     []string
	}{
		{"", false, nil},
		{"bob, fred, susan\n", false, []string{"susan (local)", "fred (local)", "bob (local)"}},
		{"bob (Bob, the postmaster) @heaven.af.mil", false, []string{"bob@heaven.af.mil"}},
		{"Joe Shmoe <shmoe@h>, <a@b> <c@d>", false, []string{"c@d", "a@b", "shmoe@h"}},
		{"\"|vacation bob\"", false, []string{"|vacation bob (local)"}},
		{"<>", false, []string{" (local)"}},
		{"g: a@b, c@d;", false, []string{"c@d", "a@b", "g (local)"}},
		{":include:/x", false, []string{"/x (local)", "include (local)"}},
		{":include:/x, a@b, : include : \"y z\"", true, []string{"include:y z", "a@b", "include:/x"}},
		{":include:", true, []string{"include:"}},
		{"list: :include:/x", true, []string{"include:/x", "list (local)"}},
		{":\"include\":/x", true, []string{"/x (local)", "include (local)"}},
	} {
		got, err := named(t, c.line, c.includes)
		if err != nil || !slices.Equal(got, c.want) {
			t.Errorf("%q: %q, %v, want %q", c.line, got, err, c.want)
		}
	}
	for _, line := range []string{"\"open", "a@b (", "a@b>", "]", "x [1"} {
		if _, err := named(t, line, true); err != addr.ErrSyntax {
			t.Errorf("%q: %v", line, err)
		}
	}
	no := errors.New("no")
	if err := NextLine("a <b> c", false, func(Address) error { return no }); err != no {
		t.Errorf("found's error became %v", err)
	}
}

func TestNames(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{"me": "me.example\n", "defaulthost": "host\n", "plusdomain": "plus.example \n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	n, err := ReadNames(control.Dir(dir), nil)
	if err != nil {
		t.Fatal(err)
	}
	for a, want := range map[Address]string{
		{Text: "joe"}:                        "joe@host.me.example",
		{Text: "joe@h", HasAt: true}:         "joe@h.me.example",
		{Text: "joe@h+", HasAt: true}:        "joe@h.plus.example",
		{Text: "joe@h.x", HasAt: true}:       "joe@h.x",
		{Text: "a.b@c"}:                      "a.b@c@host.me.example",
		{Text: "@", HasAt: true}:             "@.me.example",
		{Text: "j@[127.0.0.1]", HasAt: true}: "j@[127.0.0.1]",
	} {
		if got := n.Domains(n.AtHost(a)); got != want {
			t.Errorf("%v: %q, want %q", a, got, want)
		}
	}
	env := func(name string) (string, bool) { return "env.example", name == "QMAILDEFAULTDOMAIN" }
	if n, err = ReadNames(control.Dir(dir), env); err != nil || n.Domain != "env.example" || n.Host != "host" {
		t.Errorf("%+v, %v", n, err)
	}
	if n, err = ReadNames(control.Dir(t.TempDir()), nil); err != nil || *n != (Names{"me", "me", "me"}) {
		t.Errorf("%+v, %v", n, err)
	}
}

// records collects what a table makes.
func records(table string) (list []string, err error) {
	err = ReadTable(strings.NewReader(table), func(key, data []byte) error {
		list = append(list, fmt.Sprintf("%s=%s", key, data))
		return nil
	})
	return list, err
}

func TestReadTable(t *testing.T) {
	for _, c := range []struct {
		in   string
		want []string
		err  error
	}{
		{"", nil, nil},
		{"# only: a comment;", nil, nil},
		{"A@B: C@D, &e, |p\\ x\\,y, ?Own, ./l, !q;", []string{"?a@b=Own", ":a@b=&C@D\x00&e\x00|p x,y\x00./l\x00!q\x00"}, nil},
		{"a: ;b:,,c,;", []string{":b=&c\x00"}, nil},
		{"a:b", nil, ErrSemicolon},
		{"a", nil, ErrSemicolon},
		{"a:b:c;", nil, ErrColon},
		{"a,b:c;", nil, ErrComma},
		{"a:b\x00;", nil, ErrNUL},
		{"a:\\\x00;", nil, ErrNUL},
		{"a:" + strings.Repeat("x", 801) + ";", nil, ErrLong},
		{"a:b;\\", []string{":a=&b\x00"}, nil},
	} {
		got, err := records(c.in)
		if err != c.err || !slices.Equal(got, c.want) {
			t.Errorf("%.50q: %q, %v, want %q, %v", c.in, got, err, c.want, c.err)
		}
	}
}

// FuzzTable: what a table makes is printed as a table that makes the same.
func FuzzTable(f *testing.F) {
	for _, s := range []string{"a@b: c@d, &e, |p\\ x, ?o, ./l, !q;", "a:b:c;", ":;", "a\\:: &\\;;#x\n", "\xff: \x80;", "x:?,?a;"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, table string) {
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		unprintable := false
		err := ReadTable(strings.NewReader(table), func(key, data []byte) error {
			err := PrintRecord(w, key, data)
			unprintable = unprintable || err != nil
			return nil
		})
		if err != nil {
			return
		}
		if unprintable {
			t.Fatalf("%q makes a record that cannot be printed", table)
		}
		w.Flush()
		first, _ := records(table)
		second, err := records(out.String())
		if err != nil || !slices.Equal(first, second) {
			t.Fatalf("%q makes %q, printed as %q, which makes %q, %v", table, first, out.String(), second, err)
		}
	})
}

// FuzzNextLine: whatever a line holds, reading it ends, and no include is
// found where none is looked for.
func FuzzNextLine(f *testing.F) {
	for _, s := range []string{"bob, <a@b> \"|x\"", ":include:/x", "g:a;,(", "<<>>", "\\\n\x00"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, line string, includes bool) {
		count := 0
		NextLine(line, includes, func(a Address) error {
			if count++; count > len(line) {
				t.Fatalf("%q names more than it has bytes", line)
			}
			if a.Include && !includes {
				t.Fatalf("%q includes %q", line, a.Text)
			}
			return nil
		})
	})
}

func TestPrintRecordRefuses(t *testing.T) {
	for _, r := range [][2]string{{"", ""}, {"x", ""}, {":a", "&b"}, {":a", "x\x00"}, {":a", "\x00"}, {":a", "&" + strings.Repeat("x", 899) + "\x00"}} {
		if err := PrintRecord(bufio.NewWriter(&bytes.Buffer{}), []byte(r[0]), []byte(r[1])); err != ErrRecord {
			t.Errorf("%.50q: %v", r, err)
		}
	}
}

func TestLinesAndEntries(t *testing.T) {
	var lines, entries []string
	if err := Lines(strings.NewReader("a\n\nb"), func(s string) error { lines = append(lines, s); return nil }); err != nil || !slices.Equal(lines, []string{"a\n", "\n", "b"}) {
		t.Errorf("%q, %v", lines, err)
	}
	if err := Entries(strings.NewReader("a\x00\x00b"), func(s string) error { entries = append(entries, s); return nil }); err != nil || !slices.Equal(entries, []string{"a", ""}) {
		t.Errorf("%q, %v", entries, err)
	}
	f, err := os.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var unread *InputError
	if err := Lines(f, func(string) error { return nil }); !errors.As(err, &unread) {
		t.Errorf("a folder was read: %v", err)
	}
}
