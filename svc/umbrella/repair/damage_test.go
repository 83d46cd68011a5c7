package repair

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"qmailkit/internal/queue"
)

// damage is one kind of it, done to a queue that has a sorted message and one
// in todo besides whole ones.
type damage struct {
	name string
	do   func(m *made, sorted, unsorted queue.ID)
	lost []string // whose mail is not delivered then, in full
	what string   // a finding that there must be
}

func (m *made) path(kind string, id queue.ID) string { return m.q().Path(kind, id) }

func (m *made) truncate(path string, n int64) { m.t.Helper(); m.must(os.Truncate(path, n)) }

func (m *made) remove(path string) { m.t.Helper(); m.must(os.RemoveAll(path)) }

func (m *made) at(rel string) string { return filepath.Join(m.root, rel) }

var damages = []damage{
	{"no text, sorted", func(m *made, s, u queue.ID) { m.remove(m.path("mess", s)) }, []string{"sorted"}, noText},
	{"no text, in todo", func(m *made, s, u queue.ID) { m.remove(m.path("mess", u)) }, []string{"unsorted"}, noText},
	{"empty text", func(m *made, s, u queue.ID) { m.truncate(m.path("mess", s), 0) }, []string{"sorted"}, emptyText},
	{"text of NULs", func(m *made, s, u queue.ID) { m.write(m.q().Rel("mess", u), strings.Repeat("\x00", 900), 0o644) }, []string{"unsorted"}, emptyText},
	{"no info", func(m *made, s, u queue.ID) { m.remove(m.path("info", s)) }, []string{"sorted"}, noSender},
	{"info cut", func(m *made, s, u queue.ID) { m.truncate(m.path("info", s), 3) }, []string{"sorted"}, noSender},
	{"no recipients", func(m *made, s, u queue.ID) {
		m.remove(m.path("local", s))
		m.remove(m.path("remote", s))
	}, []string{"sorted"}, noRecipients},
	{"recipients empty", func(m *made, s, u queue.ID) {
		m.truncate(m.path("local", s), 0)
		m.truncate(m.path("remote", s), 0)
	}, []string{"sorted"}, noRecipients},
	{"one list empty", func(m *made, s, u queue.ID) { m.truncate(m.path("remote", s), 0) }, []string{"sorted@far"}, "a list of recipients is lost"},
	{"list cut", func(m *made, s, u queue.ID) { m.truncate(m.path("local", s), 12) }, []string{"sorted@h"}, "a list of recipients is damaged"},
	{"unknown letter", func(m *made, s, u queue.ID) { m.write(m.q().Rel("remote", s), "\x14sorted@far\x00", 0o600) }, nil, "a list of recipients is damaged"},
	{"todo cut", func(m *made, s, u queue.ID) { m.truncate(m.path("todo", u), 9) }, []string{"unsorted"}, badEnvelope},
	{"todo cut, intd whole", func(m *made, s, u queue.ID) {
		data, err := os.ReadFile(m.path("todo", u))
		m.remove(m.path("intd", u))
		m.must(err, os.WriteFile(m.path("intd", u), data, 0o644))
		m.truncate(m.path("todo", u), 9)
	}, nil, badEnvelope},
	{"another's report", func(m *made, s, u queue.ID) { m.write(m.q().Rel("bounce", u), "<a@b>:\nno\n\n", 0o600) }, nil, "a report to the sender that is another message's"},
	{"report of nobody", func(m *made, s, u queue.ID) { m.write("bounce/7", "<a@b>:\nno\n\n", 0o600) }, nil, "what is left of a message that is gone"},
	{"folder for a file", func(m *made, s, u queue.ID) { m.must(os.MkdirAll(m.path("mess", 4711), 0o755)) }, nil, "this is no file"},
	{"file for a folder", func(m *made, s, u queue.ID) {
		m.remove(m.at("bounce"))
		m.write("bounce", "x", 0o600)
	}, nil, "this is no folder"},
	{"no folder", func(m *made, s, u queue.ID) { m.remove(m.at("pid")) }, nil, "a folder is missing"},
	{"no empty part", func(m *made, s, u queue.ID) {
		for i := range split {
			if os.Remove(m.at("info/"+string(rune('0'+i)))) == nil {
				return
			}
		}
		m.must(os.Rename(m.at("remote/0"), m.at("remote/9")), os.Mkdir(m.at("remote/0"), 0o700))
	}, nil, ""},
	{"stray names", func(m *made, s, u queue.ID) { m.write("info/1/17~", "x", 0o600); m.write("todo/core", "x", 0o600) }, nil, "a name that is none of a message"},
	{"twice", func(m *made, s, u queue.ID) {
		m.write("mess/"+string(rune('0'+(s+1)%split))+"/"+s.String(), "other", 0o644)
	}, nil, "a second file of the same name"},
	{"wrong folder", func(m *made, s, u queue.ID) {
		m.must(os.Rename(m.path("info", s), m.at("info/"+string(rune('0'+(s+1)%split))+"/"+s.String())))
	}, nil, "a file is in the wrong folder"},
	{"text renamed", func(m *made, s, u queue.ID) { m.must(os.Rename(m.path("mess", s), m.at("mess/1/99991"))) }, []string{"sorted"}, noText},
	{"modes", func(m *made, s, u queue.ID) {
		m.must(os.Chmod(m.path("mess", s), 0o600), os.Chmod(m.path("remote", s), 0o644), os.Chmod(m.at("info"), 0o755))
	}, nil, "a message's file has another mode"},
	{"no lock files", func(m *made, s, u queue.ID) { m.remove(m.at("lock")) }, nil, "a file of lock is missing"},
	{"trigger is a file", func(m *made, s, u queue.ID) {
		m.remove(m.at("lock/trigger"))
		m.write("lock/trigger", "\x00\x00", 0o622)
		m.truncate(m.at("lock/tcpto"), 100)
	}, nil, "a file of lock is not what it should be"},
	{"old text alone", func(m *made, s, u queue.ID) {
		m.remove(m.path("info", s))
		m.remove(m.path("local", s))
		m.remove(m.path("remote", s))
		old := m.opts.Now.Add(-2 * ossified)
		m.must(os.Chtimes(m.path("mess", s), old, old))
	}, []string{"sorted"}, noEnvelope},
	{"owner", func(m *made, s, u queue.ID) {
		if os.Geteuid() == 0 {
			m.must(os.Chown(m.path("mess", s), 12345, 12345), os.Chown(m.path("local", s), 12345, 12345))
		}
	}, nil, ""},
}

// Each kind of damage by itself, and in a queue that was copied too, costs no
// message but those that it is about, and takes nothing away for good.
func TestDamage(t *testing.T) {
	for _, d := range damages {
		for _, copied := range []bool{false, true} {
			m := newQueue(t)
			m.some()
			sorted, unsorted := m.add("sorted", true), m.add("unsorted", false)
			before := m.state()
			d.do(m, sorted, unsorted)
			if copied {
				m.copied()
			}
			had := m.bytes()
			plan := m.mend()
			if d.what != "" && !copied && !slices.ContainsFunc(plan.Findings, func(f Finding) bool { return f.What == d.what }) {
				t.Errorf("%s: no %q among %+v", d.name, d.what, plan.Findings)
			}
			m.checkState(d, before)
			if missing := slices.DeleteFunc(had, func(s string) bool { return slices.Contains(m.bytes(), s) }); len(missing) > 0 {
				t.Errorf("%s: gone for good: %q", d.name, missing)
			}
		}
	}
}

// checkState compares what is to be delivered: all that was, but for the mail
// that the damage is about.
func (m *made) checkState(d damage, before []string) {
	m.t.Helper()
	after := m.state()
	for _, line := range before {
		hit := slices.ContainsFunc(d.lost, func(who string) bool {
			return strings.Contains(line, " "+who+"@h") || strings.Contains(line, " "+who+" ")
		})
		if !hit && !slices.Contains(after, line) {
			m.t.Errorf("%s: gone: %s\nof %q", d.name, line, after)
		}
	}
	for _, line := range after {
		for _, who := range d.lost {
			if name, whole := strings.CutSuffix(who, "sorted"); whole && strings.Contains(line, " s-"+name+"sorted ") {
				m.t.Errorf("%s: still there: %s", d.name, line)
			}
			if strings.Contains(who, "@") && strings.Contains(line, " "+who+" ") {
				m.t.Errorf("%s: still there: %s", d.name, line)
			}
		}
	}
}

// bytes returns the contents of all files of messages, and of what is aside.
func (m *made) bytes() []string {
	m.t.Helper()
	var all []string
	m.must(filepath.WalkDir(m.root, func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var st syscall.Stat_t
		if e.Type().IsRegular() && syscall.Lstat(path, &st) == nil {
			data, err := os.ReadFile(path)
			all = append(all, string(data))
			if os.IsPermission(err) {
				return nil // of the held message
			}
			return err
		}
		return nil
	}))
	return all
}

func FuzzRecords(f *testing.F) {
	for _, seed := range []string{"Ta@b\x00Dc@d\x00", "T", "\x00\x00Ta@b\x00", "Xa@b\x00Tc", "F\x00", "u1\x00p2\x00Fa\x00Tb\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r := parseRecipients(data)
		again := parseRecipients(r.bytes())
		if len(r.good) > 0 && (!again.whole || again.lost || !slices.Equal(again.good, r.good)) {
			t.Errorf("%q: %+v, again %+v", data, r, again)
		}
		if r.whole && string(r.bytes()) != string(data) {
			t.Errorf("%q is whole and was changed to %q", data, r.bytes())
		}
		parseEnvelope(data)
		parseInfo(data)
	})
}
