package queuewire

import (
	"os"
	"sync"
	"syscall"
)

// maxIdle is how many connections a Pool keeps that are not in use, of those that
// a qmail-queued has at once.
const maxIdle = 64

// Pool is the connections of a program that hands over many messages: each is used
// for one after the other, and none that waits for its answer holds a thread. The
// zero value is ready.
type Pool struct {
	mu   sync.Mutex
	idle []*Client
}

// Dial is as the function of the name. All calls are to have the same path.
func (p *Pool) Dial(path string) (*Client, error) {
	for c := p.take(); c != nil; c = p.take() {
		if c.quiet() {
			c.buf, c.open, c.again = c.buf[:header], 0, false
			return c, nil
		}
		c.file.Close()
	}
	fd, err := dial(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.SetNonblock(fd, true); err != nil {
		syscall.Close(fd)
		return nil, os.NewSyscallError("setnonblock", err)
	}
	c := newClient(fd, path)
	c.pool = p
	return c, nil
}

// take returns the connection that was in use last, or nil.
func (p *Pool) take() (c *Client) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := len(p.idle); n > 0 {
		c, p.idle = p.idle[n-1], p.idle[:n-1]
	}
	return c
}

func (p *Pool) put(c *Client) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.idle) >= maxIdle {
		return false
	}
	p.idle = append(p.idle, c)
	return true
}

// quiet tells whether the server has neither gone nor said what it was not asked.
func (c *Client) quiet() (quiet bool) {
	conn, err := c.file.SyscallConn()
	if err != nil {
		return false
	}
	err = conn.Read(func(fd uintptr) (done bool) {
		var b [1]byte
		_, err := syscall.Read(int(fd), b[:])
		quiet = err == syscall.EAGAIN
		return true
	})
	return quiet && err == nil
}
