package waiting

import (
	"errors"
	"io/fs"
	"os"
	"slices"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/queue"
	"qmailkit/send"
)

func TestRead(t *testing.T) {
	root := t.TempDir()
	clitest.Files(t, root, map[string]string{
		"mess/0/4": "12345", "info/0/4": "Fs@x\x00", "local/0/4": "Da@b\x00Tc@d\x00", "remote/0/4": "Te@f\x00", "bounce/4": "no\n",
		"mess/1/5": "1", "todo/5": "u1\x00p2\x00F\x00Tg@h\x00", "info/1/5": "Fold\x00",
		"mess/0/6": "", "info/0/6": "x",
		"mess/1/7": "", "info/1/7": "Fs\x00", "local/1/7": "Ta\x00X\x00",
		"todo/8/": "", "todo/x": "", "info/0/04": "",
	})
	q := &queue.Queue{Root: root, Split: 2}
	ids, err := IDs(q)
	slices.Sort(ids)
	if err != nil || !slices.Equal(ids, []queue.ID{4, 5, 6, 7}) {
		t.Errorf("%v %v", ids, err)
	}
	m, err := Read(q, 4)
	want := []Recipient{{send.Local, "a@b", true, 0}, {send.Local, "c@d", false, 5}, {send.Remote, "e@f", false, 0}}
	if err != nil || m.Sender != "s@x" || m.Size != 5 || !m.Bouncing || m.Unsorted || m.Held || m.Due() != 2 || !slices.Equal(m.Recipients, want) {
		t.Errorf("%+v %v", m, err)
	}
	if m.Next[send.Local].IsZero() || m.Next[send.Remote].IsZero() || m.Queued.IsZero() {
		t.Errorf("%+v", m)
	}
	if m, err := Read(q, 5); err != nil || !m.Unsorted || m.Sender != "" || m.Due() != 1 || m.Recipients[0].Pos != 8 {
		t.Errorf("%+v %v", m, err)
	}
	for _, id := range []queue.ID{6, 7} {
		if _, err := Read(q, id); !errors.Is(err, ErrDamaged) {
			t.Errorf("%d: %v", id, err)
		}
	}
	if _, err := Read(q, 9); !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
	if err := os.Chmod(q.Path("remote", 4), 0o200); err != nil {
		t.Fatal(err)
	}
	if m, err := Read(q, 4); err != nil || !m.Held || m.Hidden != (os.Geteuid() != 0) || m.Hidden && len(m.Recipients) != 2 {
		t.Errorf("%+v %v", m, err)
	}
}
