package qmtp

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"qmailkit/internal/netstring"
)

// request sends req to a server that answers with the given bytes.
func request(req Request, answers string) (sent string, got []string, err error) {
	var out strings.Builder
	got, err = req.Send(bufio.NewReader(strings.NewReader(answers)), bufio.NewWriterSize(&out, 16))
	return out.String(), got, err
}

// What the client sends the server understands.
func TestSend(t *testing.T) {
	for _, message := range []string{"", "m\n", "m", strings.Repeat("line\r\n\x00", 9000)} {
		for _, r := range []io.Reader{strings.NewReader(message), io.MultiReader(strings.NewReader(message))} {
			sent, got, err := request(Request{r, "s", []string{"a", "b@no"}}, ns("Kyes", "Dno\x00"))
			if err != nil || strings.Join(got, "|") != "Kyes|Dno?" {
				t.Errorf("%q %v", got, err)
			}
			queued, _, err := session{}.play(sent)
			if want := message + " Fs Ta closed\n"; queued != want || err != io.EOF {
				t.Errorf("%.60q, want %.60q, %v", queued, want, err)
			}
		}
	}
}

func TestSendErrors(t *testing.T) {
	var unread *ReadError
	var unsent *SendError
	broken := errors.New("broken")
	if _, _, err := request(Request{Message: iotest.ErrReader(broken)}, ""); !errors.As(err, &unread) || !errors.Is(err, broken) {
		t.Error(err)
	}
	if _, _, err := request(Request{Message: shrunk{strings.NewReader("abc")}}, ""); !errors.As(err, &unread) {
		t.Error(err)
	}
	for _, size := range []int{0, 20, 1 << 20} {
		req := Request{strings.NewReader(strings.Repeat("m", size)), "s", []string{"a"}}
		_, err := req.Send(bufio.NewReader(strings.NewReader("")), bufio.NewWriterSize(failing{broken}, 16))
		if !errors.As(err, &unsent) || !errors.Is(err, broken) {
			t.Errorf("%d: %v", size, err)
		}
	}
	for answers, want := range map[string]error{
		"": io.EOF, "3:Kok": io.ErrUnexpectedEOF, "3:Kok;": ErrFrame, "0:,": ErrFrame, "3:Xok,": ErrFrame, "x": netstring.ErrFormat,
		"99999:": netstring.ErrLength,
	} {
		_, got, err := request(Request{strings.NewReader("m"), "s", []string{"a", "b"}}, ns("Kfirst")+answers)
		if len(got) != 1 || !errors.Is(err, want) || errors.As(err, &unsent) || errors.As(err, &unread) {
			t.Errorf("%q: %q %v", answers, got, err)
		}
	}
}

// shrunk is a file that has lost its end since it was asked for its size.
type shrunk struct{ *strings.Reader }

func (s shrunk) Seek(offset int64, whence int) (int64, error) {
	n, err := s.Reader.Seek(offset, whence)
	if whence == io.SeekEnd {
		n += 5
	}
	return n, err
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func FuzzAnswers(f *testing.F) {
	f.Add("3:Kok,2:Dx,")
	f.Add("99:K")
	f.Fuzz(func(t *testing.T, in string) {
		_, got, err := request(Request{strings.NewReader("m"), "s", []string{"a", "b"}}, in)
		if len(got) > 2 || (err == nil) != (len(got) == 2) {
			t.Fatalf("%q %v", got, err)
		}
		for _, a := range got {
			if a == "" || strings.Contains(a, "\x00") {
				t.Fatalf("%q", a)
			}
		}
	})
}
