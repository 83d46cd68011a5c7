package queuewire

import (
	"bufio"
	"io"
	"net"
	"path/filepath"
	"sync/atomic"
	"testing"

	"qmailkit/internal/clitest"
)

// server answers each message of a connection, and says behind the answer that it
// takes another as often as keep says; then it goes.
type server struct {
	path  string
	conns atomic.Int32
}

func serveMany(t *testing.T, keep int) *server {
	s := &server{path: filepath.Join(t.TempDir(), Socket)}
	clitest.Serve(t, "unix", s.path, func(conn net.Conn) {
		s.conns.Add(1)
		s.serve(conn, keep)
	})
	return s
}

func (s *server) serve(conn net.Conn, keep int) {
	in := bufio.NewReader(conn)
	for i := range keep + 1 {
		if _, err := io.ReadAll(NewMessage(in)); err != nil {
			return
		}
		in.ReadString(0)
		in.ReadByte()
		said := Answer(0, i+1)
		if word, _ := in.Peek(min(1, in.Buffered())); i < keep && len(word) > 0 && word[0] == Again {
			in.ReadByte()
			said = append(said, Again)
		}
		conn.Write(said)
	}
}

func hand(t *testing.T, c *Client) (number int) {
	t.Helper()
	c.Message([]byte("hi"))
	c.EndMessage()
	c.Envelope("Fa@b\x00")
	c.Envelope("\x00")
	code, number, err := c.Finish()
	if code != 0 || err != nil {
		t.Fatal(code, err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	return number
}

func TestPool(t *testing.T) {
	for _, c := range []struct{ keep, messages, conns int }{
		{0, 3, 3}, {100, 3, 1}, {1, 4, 2},
	} {
		s := serveMany(t, c.keep)
		var p Pool
		for range c.messages {
			client, err := p.Dial(s.path)
			if err != nil {
				t.Fatal(err)
			}
			hand(t, client)
		}
		if got := int(s.conns.Load()); got != c.conns {
			t.Errorf("%d messages a connection: %d connections for %d messages", c.keep+1, got, c.messages)
		}
	}
}

// Two messages at the same time are two connections; who asks for one message gets
// no more.
func TestPoolApart(t *testing.T) {
	s := serveMany(t, 100)
	var p Pool
	first, err1 := p.Dial(s.path)
	second, err2 := p.Dial(s.path)
	if err1 != nil || err2 != nil {
		t.Fatal(err1, err2)
	}
	hand(t, second)
	if n := hand(t, first); n != 1 || len(p.idle) != 2 {
		t.Errorf("message %d of its connection, %d kept", n, len(p.idle))
	}
	for range 2 {
		one, err := Dial(s.path)
		if err != nil {
			t.Fatal(err)
		}
		hand(t, one)
	}
	if got := s.conns.Load(); got != 4 {
		t.Errorf("%d connections", got)
	}
}

// A message that is taken back, and a server that has gone, end a connection.
func TestPoolEnds(t *testing.T) {
	s := serveMany(t, 100)
	var p Pool
	c, err := p.Dial(s.path)
	if err != nil {
		t.Fatal(err)
	}
	hand(t, c)
	if c, err = p.Dial(s.path); err != nil {
		t.Fatal(err)
	}
	c.Message([]byte("half"))
	c.Close()
	if len(p.idle) != 0 {
		t.Error("what has half a message in it is kept")
	}
	s = serveMany(t, 1)
	for range 2 {
		if c, err = p.Dial(s.path); err != nil {
			t.Fatal(err)
		}
		hand(t, c)
	}
	for range 2 * maxIdle {
		if !p.put(&Client{}) {
			break
		}
	}
	if len(p.idle) != maxIdle {
		t.Errorf("%d kept", len(p.idle))
	}
}
