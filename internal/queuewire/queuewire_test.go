package queuewire

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// serve takes one message at a socket and answers with code and number.
func serve(t *testing.T, code, number int) (path string, message, envelope chan string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), Socket)
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	message, envelope = make(chan string, 1), make(chan string, 1)
	go func() {
		conn, err := l.Accept()
		l.Close()
		if err != nil {
			return
		}
		defer conn.Close()
		in := bufio.NewReader(conn)
		text, err := io.ReadAll(NewMessage(in))
		if err != nil {
			message <- "error: " + err.Error()
			return
		}
		message <- string(text)
		record, _ := in.ReadString(0)
		next, _ := in.ReadString(0)
		envelope <- record + next
		conn.Write(Answer(code, number))
	}()
	return path, message, envelope
}

func TestExchange(t *testing.T) {
	for _, size := range []int{0, 1, gathered - header - 1, gathered - header, gathered, gathered + 1, 300000} {
		path, message, envelope := serve(t, 53, 1<<40)
		c, err := Dial(path)
		if err != nil {
			t.Fatal(err)
		}
		text := strings.Repeat("x", size)
		for part := text; part != ""; {
			n := min(len(part), 7000)
			c.Message([]byte(part[:n]))
			part = part[n:]
		}
		c.EndMessage()
		c.Envelope("Fa@b\x00")
		c.Envelope("\x00")
		code, number, err := c.Finish()
		if code != 53 || number != 1<<40 || err != nil {
			t.Errorf("%d bytes: %d %d %v", size, code, number, err)
		}
		if got := <-message; got != text || <-envelope != "Fa@b\x00\x00" {
			t.Errorf("%d bytes: %d came", size, len(got))
		}
		c.Close()
	}
}

func TestTakenBack(t *testing.T) {
	path, message, _ := serve(t, 0, 1)
	c, err := Dial(path)
	if err != nil {
		t.Fatal(err)
	}
	c.Message([]byte("half"))
	c.Close()
	if got := <-message; got != "error: unexpected EOF" {
		t.Errorf("%q", got)
	}
	if _, err := Dial(path + "none"); err == nil {
		t.Error("nobody is there")
	}
}

func FuzzMessage(f *testing.F) {
	f.Add([]byte("\x00\x00\x00\x02hi\x00\x00\x00\x00Fa@b\x00\x00"))
	f.Add([]byte("\xff\xff\xff\xffx"))
	f.Add([]byte("\x00\x00"))
	f.Fuzz(func(t *testing.T, in []byte) {
		r := bufio.NewReader(iotest.OneByteReader(bytes.NewReader(in)))
		text, err := io.ReadAll(NewMessage(r))
		if err == nil {
			rest, _ := io.ReadAll(r)
			if len(text)+len(rest) >= len(in) {
				t.Errorf("%q became %q and %q", in, text, rest)
			}
		} else if err != io.ErrUnexpectedEOF && err != ErrFormat {
			t.Error(err)
		}
	})
}
