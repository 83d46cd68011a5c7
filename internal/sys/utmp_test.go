package sys

import (
	"reflect"
	"testing"
)

// record makes one of form u; a high kind stands in the second byte.
func record(u *utmpForm, size int, kind byte, user, line string, high bool) []byte {
	r := make([]byte, size)
	copy(r[u.user.at:u.user.at+u.user.length], user)
	copy(r[u.line.at:u.line.at+u.line.length], line)
	switch {
	case u.kind.length == 0:
	case high && u.kind.length > 1:
		r[u.kind.at+1] = kind
	default:
		r[u.kind.at] = kind
	}
	return r
}

func TestUtmp(t *testing.T) {
	u := &utmp // this platform's
	for _, size := range u.sizes {
		for _, high := range []bool{false, true} {
			var data []byte
			data = append(data, record(u, size, u.session, "joe", "ttyp1", high)...)
			data = append(data, record(u, size, u.session, "", "ttyp2", high)...)
			data = append(data, record(u, size, u.session, "bob", "", high)...)
			want := []Login{{"joe", "ttyp1"}}
			if u.kind.length > 0 {
				data = append(data, record(u, size, u.session+1, "bob", "ttyp3", high)...)
			}
			long := "abcdefghijklmnopqrstuvwxyz0123456789"
			data = append(data, record(u, size, u.session, long, "ttyp4", high)...)
			want = append(want, Login{long[:min(len(long), u.user.length)], "ttyp4"})
			if got := u.parse(data); !reflect.DeepEqual(got, want) {
				t.Errorf("%d bytes: %v, want %v", size, got, want)
			}
			if got := u.parse(data[:len(data)-1]); got != nil {
				t.Errorf("%d bytes, one missing: %v", size, got)
			}
		}
	}
	if got := u.parse(nil); got != nil {
		t.Errorf("nothing: %v", got)
	}
}

// What the file holds, the names fit their fields and nothing is made up.
func FuzzUtmp(f *testing.F) {
	f.Add(record(&utmp, utmp.sizes[0], utmp.session, "joe", "ttyp1", false))
	f.Add(make([]byte, 4*utmp.sizes[0]))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, l := range utmp.parse(data) {
			if l.User == "" || l.Line == "" || len(l.User) > utmp.user.length || len(l.Line) > utmp.line.length {
				t.Errorf("%q", l)
			}
		}
	})
}
