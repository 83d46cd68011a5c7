package smtpwire

import (
	"bufio"
	"io"
	"reflect"
	"strings"
	"testing"
)

func TestReadReply(t *testing.T) {
	for in, want := range map[string]Reply{
		"220 hi\r\n":                  {220, []byte("220 hi\n")},
		"250\r\n":                     {250, []byte("250\n")},
		"550 a\n":                     {550, []byte("550 a\n")},
		"220-a\r\n220-b\r\n220 c\r\n": {220, []byte("220-a\n220-b\n220 c\n")},
		"220-a\r\n554 b\r\n":          {220, []byte("220-a\n554 b\n")},
		"220 x\r\r\n":                 {220, []byte("220 x\n")},
		"250 \x00x\r\n":               {250, []byte("250 \x00x\n")},
		"220-a\r\n\r\n2 x\r\n":        {220, []byte("220-a\n\n2 x\n")},
		"hello there\r\n":             {0, []byte("hello there\n")},
		"099 x\r\n":                   {0, []byte("099 x\n")},
		"25x y\r\n":                   {0, []byte("25x y\n")},
		"999-y\r\nzzzz\r\n":           {999, []byte("999-y\nzzzz\n")},
		"\r\n250 late\r\n":            {0, []byte("\n250 late\n")},
		"250 one\r\n250 not this\r\n": {250, []byte("250 one\n")},
	} {
		got, err := ReadReply(bufio.NewReader(strings.NewReader(in)))
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%q: %d %q %v, want %d %q", in, got.Code, got.Text, err, want.Code, want.Text)
		}
	}
}

func TestReadReplyEnds(t *testing.T) {
	for _, in := range []string{"", "2", "220", "220-x\r\n220", "250 o", "220-x\r\n"} {
		if _, err := ReadReply(bufio.NewReader(strings.NewReader(in))); err != io.EOF {
			t.Errorf("%q: %v", in, err)
		}
	}
}

func TestReadReplyBounds(t *testing.T) {
	got, err := ReadReply(bufio.NewReader(strings.NewReader("250 " + strings.Repeat("x", 9000) + "\r\n")))
	if err != nil || len(got.Text) != MaxText {
		t.Errorf("%d bytes, %v", len(got.Text), err)
	}
	_, err = ReadReply(bufio.NewReader(endless{}))
	if err != ErrTooLong {
		t.Error(err)
	}
}

// endless is a reply that goes on for ever.
type endless struct{}

func (endless) Read(b []byte) (int, error) { return copy(b, "250-more\r\n"), nil }

func TestKinds(t *testing.T) {
	for code, want := range map[int][2]bool{
		0: {false, false}, 150: {false, false}, 200: {true, false}, 299: {true, false}, 354: {false, false},
		421: {false, false}, 500: {false, true}, 599: {false, true}, 600: {false, true},
	} {
		r := Reply{Code: code}
		if got := [2]bool{r.Positive(), r.Permanent()}; got != want {
			t.Errorf("%d: %v", code, got)
		}
	}
}

func FuzzReadReply(f *testing.F) {
	for _, s := range []string{"220 x\r\n", "250-a\r\n250 b\r\n", "\r\n\r\n\r\n", "---\n----\n", "25"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		source := strings.NewReader(in)
		r, err := ReadReply(bufio.NewReaderSize(source, 16))
		if err != nil {
			return
		}
		if len(r.Text) > MaxText || strings.Contains(string(r.Text), "\r") || r.Code != 0 && (r.Code < 100 || r.Code > 999) {
			t.Fatalf("%q: %d %q", in, r.Code, r.Text)
		}
		if len(r.Text) < MaxText && r.Text[len(r.Text)-1] != '\n' {
			t.Fatalf("%q: the text %q has no end", in, r.Text)
		}
		ParseExtensions(r)
	})
}

func TestParseExtensions(t *testing.T) {
	got := ParseExtensions(Reply{250, []byte("250-mx.example at your service\n250-size 1000\n250-STARTTLS\n250-\n250-AUTH  PLAIN LOGIN \n250 8BitMime\n")})
	want := Extensions{"SIZE": "1000", "STARTTLS": "", "AUTH": "PLAIN LOGIN", "8BITMIME": ""}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("%v", got)
	}
	if !got.Has("STARTTLS") || got.Has("MX.EXAMPLE") {
		t.Error(got)
	}
}
