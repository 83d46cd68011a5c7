package users

import (
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"qmailkit/internal/cdb"
)

func TestParseAssignment(t *testing.T) {
	joe := Assignment{User: "joe", UID: 501, GID: 100, Home: "/home/joe", Dash: "-", Ext: "x"}
	for answer, want := range map[string]Assignment{
		"joe\x00501\x00100\x00/home/joe\x00-\x00x\x00":     joe,
		"joe\x00501x\x00100y\x00/home/joe\x00-\x00x\x00":   joe,
		"joe\x00501\x00100\x00/home/joe\x00-\x00x\x00more": joe,
		"\x00\x00\x00\x00\x00\x00":                         {},
		"x\x00abc\x00\x00/\x00\x00\x00":                    {User: "x", Home: "/"},
		"x\x004294967294\x004294967294\x00/\x00\x00\x00":   {User: "x", UID: 4294967294, GID: 4294967294, Home: "/"},
		"root's group\x001\x000\x00/\x00\x00\x00":          {User: "root's group", UID: 1, Home: "/"},
		"leading zeros\x00007\x00010\x00/\x00\x00\x00":     {User: "leading zeros", UID: 7, GID: 10, Home: "/"},
	} {
		if got, err := ParseAssignment([]byte(answer)); got != want || err != nil {
			t.Errorf("%q: %+v %v", answer, got, err)
		}
	}
	for _, answer := range []string{
		"", "joe", "joe\x00501\x00100\x00/home/joe\x00-\x00x",
		"x\x001\x00\x00/\x00\x00\x00", "x\x001\x00wheel\x00/\x00\x00\x00",
		"x\x004294967296\x001\x00/\x00\x00\x00", "x\x004294967295\x001\x00/\x00\x00\x00", "x\x001\x004294967295\x00/\x00\x00\x00",
		"x\x0099999999999999999999999\x001\x00/\x00\x00\x00",
	} {
		if got, err := ParseAssignment([]byte(answer)); !errors.Is(err, ErrAssignment) {
			t.Errorf("%q: %+v %v", answer, got, err)
		}
	}
	if got := string(joe.Append(nil)); got != "joe\x00501\x00100\x00/home/joe\x00-\x00x\x00" {
		t.Errorf("%q", got)
	}
}

// What is accepted means the same when it is written and read again.
func FuzzParseAssignment(f *testing.F) {
	f.Add([]byte("joe\x00501\x00100\x00/home/joe\x00-\x00x\x00"))
	f.Add([]byte("joe\x004294967296\x00\x00\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, answer []byte) {
		a, err := ParseAssignment(answer)
		if err != nil {
			return
		}
		if back, err := ParseAssignment(a.Append(nil)); back != a || err != nil {
			t.Fatalf("%+v became %+v %v", a, back, err)
		}
	})
}

type record struct{ key, data string }

func readAssign(text string) (records []record, err error) {
	err = ReadAssign(strings.NewReader(text), func(key, data []byte) error {
		records = append(records, record{string(key), string(data)})
		return nil
	})
	return records, err
}

func TestReadAssign(t *testing.T) {
	got, err := readAssign("=JoE:Joe:501:100:/Home::X:\n+LIST-:l:1:2:/l:-:p:junk\n?a:b:1:2:/c:::\n+:z:1:2:/z:-::\n+l-:l:1:2:/l:-::\n.end\nbad")
	want := []record{
		{"!joe\x00", "Joe\x00501\x00100\x00/Home\x00\x00X"},
		{"!list-", "l\x001\x002\x00/l\x00-\x00p"},
		{"!a\x00", "b\x001\x002\x00/c\x00\x00"},
		{"!", "z\x001\x002\x00/z\x00-\x00"},
		{"!l-", "l\x001\x002\x00/l\x00-\x00"},
		{"", "-"},
	}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%q %v", got, err)
	}
	for _, bad := range []string{
		"", "\n.\n", "joe\n.\n", ":a:1:2:/:::\n.\n", "=a:a:1:2:/::\n.\n", "=a:a:1:2:/:::\n", "=a:a:1:2:/:::", "=a\x00:a:1:2:/:::\n.\n",
		"=" + strings.Repeat("a", maxAssign) + ":a:1:2:/:::\n.\n",
	} {
		if got, err := readAssign(bad); !errors.Is(err, ErrFormat) {
			t.Errorf("%.50q: %q %v", bad, got, err)
		}
	}
	broken := errors.New("disk full")
	if err := ReadAssign(strings.NewReader(".\n"), func(_, _ []byte) error { return broken }); err != broken {
		t.Error(err)
	}
}

func users(t *testing.T, assign string) *cdb.Reader {
	t.Helper()
	path := filepath.Join(t.TempDir(), "cdb")
	w, err := cdb.Create(path, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if err := ReadAssign(strings.NewReader(assign), w.Add); err != nil {
		t.Fatal(err)
	}
	if err := w.Finish(); err != nil {
		t.Fatal(err)
	}
	r, err := cdb.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

func TestFind(t *testing.T) {
	all := users(t, "=joe:joe:1:2:/joe:::\n+joe-:joe:1:2:/joe:-::\n+joe-list-:l:3:4:/l:-:p-:\n+x:x:5:6:/x:-::\n+JIM:jim:7:8:/jim:-::\n+:alias:9:9:/a:-::\n.\n")
	for box, want := range map[string]Assignment{
		"joe":        {"joe", 1, 2, "/joe", "", ""},
		"JOE":        {"joe", 1, 2, "/joe", "", ""},
		"joe-":       {"joe", 1, 2, "/joe", "-", ""},
		"Joe-A-B":    {"joe", 1, 2, "/joe", "-", "A-B"},
		"joe-list-Q": {"l", 3, 4, "/l", "-", "p-Q"},
		"joe-list":   {"joe", 1, 2, "/joe", "-", "list"},
		"xy":         {"x", 5, 6, "/x", "-", "y"},
		"jimbo":      {"jim", 7, 8, "/jim", "-", "bo"},
		"joey":       {"alias", 9, 9, "/a", "-", "joey"},
		"":           {"alias", 9, 9, "/a", "-", ""},
	} {
		answer, found, err := Find(all, box)
		if !found || err != nil {
			t.Errorf("%q: %v %v", box, found, err)
			continue
		}
		if got, err := ParseAssignment(answer); got != want || err != nil {
			t.Errorf("%q: %+v %v", box, got, err)
		}
	}
	few := users(t, "=joe:joe:1:2:/joe:::\n.\n")
	for _, box := range []string{"joe-x", "jo", "", "joe\x00"} {
		if answer, found, err := Find(few, box); found || err != nil {
			t.Errorf("%q: %q %v", box, answer, err)
		}
	}
	if _, _, err := Find(cdb.NewReader(strings.NewReader(""), 0), "joe"); err == nil {
		t.Error("an empty file is no table")
	}
}

// A table that was read finds each of its simple assignments, in any case.
func FuzzReadAssign(f *testing.F) {
	f.Add("=joe:joe:1:2:/joe:::\n+joe-:joe:1:2:/joe:-::\n.\n")
	f.Add("+\xc4:::::::\n.")
	f.Add("=:::::::\n..\n")
	f.Fuzz(func(t *testing.T, text string) {
		records, err := readAssign(text)
		if err != nil {
			return
		}
		last := records[len(records)-1]
		if last.key != "" {
			t.Fatalf("the last record is %q", last)
		}
		for _, r := range records[:len(records)-1] {
			if r.key[0] != '!' || strings.Count(r.data, "\x00") != assignmentFields-1 {
				t.Fatalf("%q", r)
			}
			if _, err := ParseAssignment([]byte(r.data + "\x00")); err != nil && !errors.Is(err, ErrAssignment) {
				t.Fatal(err)
			}
		}
	})
}
