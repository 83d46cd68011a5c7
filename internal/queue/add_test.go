package queue

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/iotest"
	"time"
)

func empty(t *testing.T, more ...string) *Queue {
	t.Helper()
	q, err := Open(made(t, 3, append(more, "pid", "intd", "todo")...))
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// submission is one of which everything but envelope and message is fixed.
func submission(message, envelope string) *Submission {
	return &Submission{
		Message: strings.NewReader(message), Envelope: strings.NewReader(envelope),
		Origin: "from network", UID: 12, PID: 34, Now: time.Unix(1000000000, 0),
	}
}

func (q *Queue) listed(t *testing.T) []string {
	t.Helper()
	var list []string
	for _, pattern := range []string{"pid/*", "mess/*/*", "intd/*", "intd/*/*", "todo/*", "todo/*/*"} {
		names, _ := filepath.Glob(filepath.Join(q.Root, pattern))
		for _, name := range names {
			if fi, err := os.Stat(name); err == nil && fi.Mode().IsRegular() {
				list = append(list, name)
			}
		}
	}
	return list
}

func TestAdd(t *testing.T) {
	big := strings.Repeat("0123456789abcde\n", 10000)
	for _, more := range [][]string{nil, {"todo/0", "todo/1", "todo/2", "intd/0", "intd/1", "intd/2"}} {
		for _, message := range []string{"", "x", "Subject: x\n\nhi\n", "\x00\xff\r", big} {
			q := empty(t, more...)
			s := submission(message, "Fa@b\x00Tc@d\x00T\x00\x00ignored")
			s.Crowded = message == big
			id, err := q.Add(s)
			if err != nil {
				t.Fatal(err)
			}
			text, _ := os.ReadFile(q.Path("mess", id))
			if want := "Received: (qmail 34 invoked from network); 9 Sep 2001 01:46:40 -0000\n" + message; string(text) != want {
				t.Errorf("%d bytes: %.200q", len(text), text)
			}
			for _, dir := range []string{"intd", "todo"} {
				if text, _ := os.ReadFile(q.Path(dir, id)); string(text) != "u12\x00p34\x00Fa@b\x00Tc@d\x00T\x00" {
					t.Errorf("%s: %q", dir, text)
				}
			}
			if got := q.listed(t); len(got) != 3 {
				t.Errorf("%q", got)
			}
			if fi, _ := os.Stat(q.Path("mess", id)); fi == nil || fi.Sys().(*syscall.Stat_t).Ino != uint64(id) {
				t.Errorf("%v is not the inode", id)
			}
		}
	}
}

func TestAddFailure(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		message, envelope io.Reader
		step              Step
	}{
		{iotest.ErrReader(broken), strings.NewReader("F\x00\x00"), Reading},
		{io.MultiReader(strings.NewReader("x"), iotest.ErrReader(broken)), strings.NewReader("F\x00\x00"), Reading},
		{strings.NewReader("x"), iotest.ErrReader(broken), Reading},
		{strings.NewReader("x"), strings.NewReader("F\x00Tx"), Reading},
		{strings.NewReader("x"), strings.NewReader("F" + strings.Repeat("x", MaxAddress)), Address},
		{strings.NewReader("x"), strings.NewReader("F\x00x\x00"), Format},
	} {
		q := empty(t)
		s := submission("", "")
		s.Message, s.Envelope = c.message, c.envelope
		_, err := q.Add(s)
		var failure *AddError
		if !errors.As(err, &failure) || failure.Step != c.step || failure.Error() == "" {
			t.Errorf("%v, want step %d", err, c.step)
		}
		if left := q.listed(t); len(left) != 0 {
			t.Errorf("%v: left %q", err, left)
		}
	}
}

// Files of an earlier crash that have the number of a new message.
func TestAddStale(t *testing.T) {
	q := empty(t)
	for seq := 1; seq <= pidTries; seq++ {
		if err := os.WriteFile(filepath.Join(q.Root, "pid", "34.1000000000."+string(rune('0'+seq))), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, err := q.Add(submission("", "F\x00\x00"))
	var failure *AddError
	if !errors.As(err, &failure) || failure.Step != InPid || !errors.Is(err, os.ErrExist) {
		t.Errorf("no name in pid was free: %v", err)
	}
	os.Remove(filepath.Join(q.Root, "pid", "34.1000000000.7"))
	if _, err := q.Add(submission("", "F\x00\x00")); err != nil {
		t.Errorf("one was: %v", err)
	}
}

// A message that qmail-send took for left over does not come back.
func TestAddTooLate(t *testing.T) {
	q := empty(t)
	s := submission("x", "")
	s.Envelope = readerFunc(func(b []byte) (int, error) {
		for _, name := range q.listed(t) {
			if strings.Contains(name, "/mess/") {
				os.Remove(name)
			}
		}
		return copy(b, "F\x00\x00"), nil
	})
	_, err := q.Add(s)
	var failure *AddError
	if !errors.As(err, &failure) || failure.Step != InMess || len(q.listed(t)) != 0 {
		t.Errorf("%v %q", err, q.listed(t))
	}
}

type readerFunc func(b []byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

func TestCopyEnvelope(t *testing.T) {
	longest := strings.Repeat("x", MaxAddress-1)
	for _, c := range []struct {
		in   string
		out  string
		step Step // counts where out is empty
	}{
		{"F\x00\x00", "F\x00", 0},
		{"Fa\x00Tb\x00Tb\x00\x00", "Fa\x00Tb\x00Tb\x00", 0},
		{"FT\x00TF\x00\x00more", "FT\x00TF\x00", 0},
		{"F" + longest + "\x00T" + longest + "\x00\x00", "F" + longest + "\x00T" + longest + "\x00", 0},
		{"", "", Reading},
		{"F", "", Reading},
		{"Fa", "", Reading},
		{"Fa\x00", "", Reading},
		{"Fa\x00Tb\x00", "", Reading},
		{"F" + longest + "x\x00\x00", "", Address},
		{"F\x00T" + longest + "x\x00\x00", "", Address},
		{"\x00", "", Format},
		{"Ta\x00\x00", "", Format},
		{"Fa\x00Fb\x00\x00", "", Format},
	} {
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		err := copyEnvelope(w, bufio.NewReaderSize(iotest.OneByteReader(strings.NewReader(c.in)), 16))
		w.Flush()
		var failure *AddError
		switch {
		case c.out != "" && (err != nil || out.String() != c.out):
			t.Errorf("%.40q: %.40q %v", c.in, out.String(), err)
		case c.out == "" && (!errors.As(err, &failure) || failure.Step != c.step):
			t.Errorf("%.40q: %v", c.in, err)
		}
	}
}

func FuzzCopyEnvelope(f *testing.F) {
	for _, seed := range []string{"F\x00\x00", "Fa@b\x00Tc@d\x00Te@f\x00\x00", "Fa", "Fa\x00x\x00", "F" + strings.Repeat("x", MaxAddress) + "\x00\x00"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		var out bytes.Buffer
		w := bufio.NewWriter(&out)
		err := copyEnvelope(w, bufio.NewReader(bytes.NewReader(in)))
		w.Flush()
		if err != nil {
			return
		}
		if !bytes.HasPrefix(in, append(out.Bytes(), 0)) {
			t.Fatalf("%q became %q", in, out.Bytes())
		}
		for i, record := range bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte{0}), []byte{0}) {
			if len(record) == 0 || len(record) > MaxAddress || record[0] != "FT"[min(i, 1)] {
				t.Errorf("%q holds the record %q", in, record)
			}
		}
	})
}
