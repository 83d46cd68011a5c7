package smtpd

import (
	"io"
	"runtime"
	"strings"
	"testing"
	"time"
)

// spec reads data as RFC 5321 4.5.2 does, byte by byte: what is stored, and
// what comes after the end. bare is an LF that has no CR before it.
func spec(data string) (stored, rest string, bare bool) {
	for start := 0; ; {
		lf := strings.IndexByte(data[start:], '\n') + start
		if lf < start {
			panic("no end")
		}
		if lf == start || data[lf-1] != '\r' {
			return "", "", true
		}
		line := data[start : lf-1]
		start = lf + 1
		if line == "." {
			return stored, data[start:], false
		}
		if len(line) > 1 && line[0] == '.' && line[1] != '\r' {
			line = line[1:]
		}
		stored += line + "\n"
	}
}

// Every mix of CR, LF, dot and a letter: there is one end, the right one, and a
// lone LF before it ends the session.
func TestSmuggling(t *testing.T) {
	const alphabet = "\r\n.a"
	const length = 6
	for n := range 1 << (2 * length) {
		text := make([]byte, length)
		for i := range text {
			text[i] = alphabet[n>>(2*i)&3]
		}
		data := string(text) + "\r\n.\r\n"
		w := newWorld(strings.NewReader(begin + "DATA\r\n" + data + quit))
		err := w.Serve()
		stored, _, bare := spec(data)
		list := w.accepted()
		if bare {
			if err != ErrCutOff || len(list) != 0 || !strings.HasSuffix(w.out.String(), replyBareLF+"\r\n") {
				t.Fatalf("%q: %v, %d queued, %q", data, err, len(list), w.out.String())
			}
			continue
		}
		if len(list) != 1 || list[0].body() != stored {
			t.Fatalf("%q: %d queued, want %q", data, len(list), stored)
		}
	}
}

// With ALLOW_BARELF a lone LF is a byte of the message, and still no part of
// an end.
func TestBareLF(t *testing.T) {
	for data, want := range map[string]string{
		"a\nb\r\n.\r\n":            "a\nb\n",
		"a\n.\nMAIL\r\n.\r\n":      "a\n.\nMAIL\n",
		"a\n.\r\nb\r\n.\r\n":       "a\n.\nb\n",
		"a\r\n.\nb\r\n.\r\n":       "a\n.\nb\n",
		"\n.\r\n\r\n.\r\n":         "\n.\n\n",
		"a\r\r\n.\r\n":             "a\r\n",
		"a\n\r.\r\n\r.\n\r\n.\r\n": "a\n\r.\n\r.\n\n",
	} {
		w := newWorld(strings.NewReader(begin + "DATA\r\n" + data + quit))
		w.Policy.BareLF = true
		if err := w.Serve(); err != nil || len(w.accepted()) != 1 || w.queue[0].body() != want {
			t.Errorf("%q: %v, %q", data, err, w.queue[0].message.String())
		}
	}
}

// A line of any length passes, wherever the buffer ends.
func TestLongLines(t *testing.T) {
	for _, size := range []int{bufferSize - 2, bufferSize - 1, bufferSize, bufferSize + 1, 3 * bufferSize} {
		for _, end := range []string{"", "\r", ".\r", "\r\r"} {
			line := "." + strings.Repeat("x", size) + end
			w := newWorld(strings.NewReader(begin + "DATA\r\n." + line + "\r\n.\r\n" + quit))
			if w.Serve(); len(w.accepted()) != 1 || w.queue[0].body() != line+"\n" {
				t.Errorf("%d bytes and %q: %s", size, end, w.codes())
			}
		}
	}
}

// repeat sends text n times and counts what was taken.
type repeat struct {
	text string
	n    int
	at   int
	sent int
}

func (r *repeat) Read(b []byte) (int, error) {
	n := 0
	for n < len(b) && r.n > 0 {
		k := copy(b[n:], r.text[r.at:])
		n += k
		if r.at += k; r.at == len(r.text) {
			r.at = 0
			r.n--
		}
	}
	r.sent += n
	if n == 0 {
		return 0, io.EOF
	}
	return n, nil
}

const endless = 1 << 30

// Whoever never stops is cut off, and told so, before it has sent much.
func TestEndless(t *testing.T) {
	for _, c := range []struct {
		first, text, last string
		most              int // bytes
	}{
		{"", "x", replyLineSize, 4 * bufferSize},
		{"", "\x00", replyLineSize, 4 * bufferSize},
		{"", "\r", replyLineSize, 4 * bufferSize},
		{"", "\n", replyFaults, 4 * bufferSize},
		{"", "\x16\x03\x01\x02\x00\x01\x00\n", replyFaults, 4 * bufferSize},
		{"", "NOOP\r\n", replyIdle, 8 * bufferSize},
		{"", "MAIL FROM:<a>\r\n", replyIdle, 8 * bufferSize},
		{begin, "BDAT 0\r\n", "", 1 << 20},
		{"MAIL FROM:<a>\r\n", "RCPT TO:<u@other.example>\r\n", replyFaults, 4 << 20},
	} {
		input := &repeat{text: c.text, n: endless}
		w := newWorld(io.MultiReader(strings.NewReader(c.first), io.LimitReader(input, int64(c.most)+1)))
		err := w.Serve()
		if c.last == "" {
			continue
		}
		if err != ErrCutOff || !strings.HasSuffix(w.out.String(), c.last+"\r\n") || input.sent > c.most {
			out := w.out.String()
			t.Errorf("%q: %v after %d bytes: %q", c.text, err, input.sent, out[max(0, len(out)-100):])
		}
	}
}

// As many recipients as there is room for, and no more memory than that.
func TestRecipients(t *testing.T) {
	for _, c := range []struct {
		text string
		n    int
		want int
	}{
		{"RCPT TO:<u@here.example>\r\n", 10_000, 10_000},
		{"RCPT TO:<u@here.example>\r\n", 110_000, maxRecipients},
		{"RCPT TO:<" + strings.Repeat("x", 880) + "@here.example>\r\n", 11_000, maxRecipientBytes / 894},
	} {
		w := newWorld(io.MultiReader(strings.NewReader("MAIL FROM:<a>\r\n"), &repeat{text: c.text, n: c.n}, strings.NewReader("DATA\r\n.\r\n"+quit)))
		w.Out = &lastLine{}
		w.Open = func(c *Client) (Queue, error) {
			var m runtime.MemStats
			runtime.GC() // what waits to be collected does not count
			runtime.ReadMemStats(&m)
			if m.HeapInuse > 48<<20 {
				t.Errorf("%d bytes", m.HeapInuse)
			}
			return &queued{failed: c.Recipients < 0}, nil
		}
		got := 0
		w.Policy.RcptCheck = func(c *Client, _ string) string { got = c.Recipients + 1; return "" }
		if err := w.Serve(); err != nil || min(got, c.want) != c.want || got > c.want+1 {
			t.Errorf("%v, %d of %d, want %d", err, got, c.n, c.want)
		}
	}
}

type lastLine struct{}

func (*lastLine) Write(b []byte) (int, error) { return len(b), nil }

// A message may take an hour, and then has to come at a hundred bytes a
// second; a session may take a day.
func TestTime(t *testing.T) {
	for _, c := range []struct {
		step  time.Duration
		size  int
		data  string
		reply string
	}{
		{time.Minute, 1, "DATA\r\n", replyTooSlow},
		{time.Minute, 1, "BDAT 100000\r\n", replyTooSlow},
		{time.Minute, 6001, "DATA\r\n", replyTooLong},
		{10 * time.Minute, 6, "NOOP\r\n", replyTooLong},
	} {
		w := newWorld(io.MultiReader(strings.NewReader(begin+c.data), slow{c.size, "NOOP\r\n"}))
		now := time.Unix(0, 0)
		w.Now = func() time.Time { now = now.Add(c.step); return now }
		err := w.Serve()
		if out := w.out.String(); err != ErrCutOff || !strings.HasSuffix(out, c.reply+"\r\n") {
			t.Errorf("%v %d: %v, %q", c.step, c.size, err, out[max(0, len(out)-100):])
		}
	}
}

// slow sends a few bytes at a time, for ever.
type slow struct {
	size int
	text string
}

func (s slow) Read(b []byte) (int, error) {
	n := 0
	for n < s.size {
		n += copy(b[n:s.size], s.text)
	}
	return n, nil
}

func TestEarlyTalker(t *testing.T) {
	for _, drop := range []bool{true, false} {
		w := newWorld(strings.NewReader(quit))
		w.Policy.GreetDelay, w.Policy.DropEarly = 5*time.Second, drop
		w.Early = func(d time.Duration) bool { return d == 5*time.Second }
		err := w.Serve()
		if drop && (err != ErrCutOff || w.out.String() != replyEarly+"\r\n") || !drop && err != nil {
			t.Errorf("%v: %v %q", drop, err, w.out.String())
		}
	}
}
