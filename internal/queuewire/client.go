package queuewire

import (
	"bytes"
	"io"
	"os"
	"syscall"
)

// Client is the client's end of a connection, for one goroutine.
type Client struct {
	file *os.File
	buf  []byte
	err  error // nothing is sent after it
	open int   // where the header of the chunk begins that is being filled; -1 in the envelope

	pool  *Pool // nil: of one message
	again bool  // the server takes another
}

// gathered is how much is sent at once: as a rule the whole of a message.
const gathered = 32 << 10

// Dial connects to the qmail-queued that has the socket at path. It does
// without the runtime's poller, which a program that queues one message has no
// time to set up; the caller does without qmail-queued if it fails.
func Dial(path string) (*Client, error) {
	fd, err := dial(path)
	if err != nil {
		return nil, err
	}
	return newClient(fd, path), nil
}

// usual is as much as most messages are.
const usual = 4 << 10

func newClient(fd int, path string) *Client {
	return &Client{file: os.NewFile(uintptr(fd), path), buf: make([]byte, header, usual)}
}

func dial(path string) (fd int, err error) {
	syscall.ForkLock.RLock()
	fd, err = syscall.Socket(syscall.AF_UNIX, syscall.SOCK_STREAM, 0)
	if err == nil {
		syscall.CloseOnExec(fd)
	}
	syscall.ForkLock.RUnlock()
	if err != nil {
		return -1, os.NewSyscallError("socket", err)
	}
	if err := syscall.Connect(fd, &syscall.SockaddrUnix{Name: path}); err != nil {
		syscall.Close(fd)
		return -1, os.NewSyscallError("connect", err)
	}
	return fd, nil
}

// Message adds to the message. A server that does not listen any more says why
// in its answer, or nothing: Finish tells.
func (c *Client) Message(b []byte) {
	for len(b) > 0 {
		n := min(len(b), gathered-len(c.buf))
		c.buf = append(c.buf, b[:n]...)
		b = b[n:]
		if len(c.buf) == gathered {
			c.endChunk()
			c.flush()
			c.buf = c.buf[:header]
		}
	}
}

// endChunk fills in the length of the chunk, or takes its header away if there
// is none.
func (c *Client) endChunk() {
	n := len(c.buf) - c.open - header
	if n == 0 {
		c.buf = c.buf[:c.open]
		return
	}
	put(c.buf[c.open:c.open+header], uint64(n))
}

// EndMessage ends the message; the envelope comes next.
func (c *Client) EndMessage() {
	c.endChunk()
	c.buf = append(c.buf, 0, 0, 0, 0)
	c.open = -1
}

// Envelope adds to the envelope.
func (c *Client) Envelope(s string) {
	c.buf = append(c.buf, s...)
	if len(c.buf) >= gathered {
		c.flush()
	}
}

func (c *Client) flush() {
	if c.err == nil {
		_, c.err = c.file.Write(c.buf)
	}
	c.buf = c.buf[:0]
}

// Finish sends what is left and waits for the answer.
func (c *Client) Finish() (code, number int, err error) {
	if c.pool == nil {
		c.flush()
		// A server that did not read to the end has answered before.
		return ReadAnswer(c.file)
	}
	c.buf = append(c.buf, Again)
	c.flush()
	var b [answer + 1]byte
	n, err := io.ReadAtLeast(c.file, b[:], answer)
	c.again = n > answer && b[answer] == Again && c.err == nil
	if n < answer {
		return 0, 0, early(err)
	}
	return ReadAnswer(bytes.NewReader(b[:answer]))
}

// Close ends the connection, or what is the Client's of it; before Finish it takes
// the message back.
func (c *Client) Close() error {
	if c.again && c.pool.put(c) {
		return nil
	}
	return c.file.Close()
}
