package dotqmail

import (
	"reflect"
	"strings"
	"testing"
)

func list(dash, ext string) (names []Name) {
	for n := range Names(dash, ext) {
		names = append(names, n)
	}
	return names
}

func TestNames(t *testing.T) {
	for _, c := range []struct {
		dash, ext string
		want      []Name
	}{
		{"", "", []Name{{".qmail", false, ""}, {".qmaildefault", true, ""}}},
		{"-", "", []Name{{".qmail-", false, ""}, {".qmail-default", true, ""}}},
		{"-", "A.b-C", []Name{{".qmail-a:b-c", false, ""}, {".qmail-a:b-default", true, "C"}, {".qmail-default", true, "A.b-C"}}},
		{"-", "x-", []Name{{".qmail-x-", false, ""}, {".qmail-x-default", true, ""}, {".qmail-default", true, "x-"}}},
		{"-", "x-Default", []Name{{".qmail-x-default", true, "Default"}, {".qmail-x-default", true, "Default"}, {".qmail-default", true, "x-Default"}}},
		{"+", "../x", []Name{{".qmail+::/x", false, ""}, {".qmail+default", true, "../x"}}},
	} {
		if got := list(c.dash, c.ext); !reflect.DeepEqual(got, c.want) {
			t.Errorf("%q %q: %+v", c.dash, c.ext, got)
		}
	}
}

// No extension leads to a folder above, or to another user's files.
func FuzzNames(f *testing.F) {
	f.Add("-", "a.b-c")
	f.Add("", "-/../..-")
	f.Fuzz(func(t *testing.T, dash, ext string) {
		if strings.Contains(dash, ".") {
			return
		}
		names := list(dash, ext)
		if names[0].File != File(dash, ext) || len(names) != 2+strings.Count(ext, "-") {
			t.Fatalf("%+v", names)
		}
		for _, n := range names {
			if strings.Contains(n.File[1:], ".") || !strings.HasPrefix(n.File, ".qmail"+dash) || !strings.HasSuffix(ext, n.Matched) {
				t.Errorf("%+v", n)
			}
		}
	})
}
