package main

import (
	"strconv"
	"strings"
	"sync"
)

// counter takes smtp-sink's running account, "sess=1 quit=1 mesg=2" and a
// carriage return again and again, and keeps the last whole one.
type counter struct {
	mu   sync.Mutex
	rest string // after the last carriage return
	mesg int
}

func (c *counter) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text := c.rest + string(b)
	end := strings.LastIndexByte(text, '\r')
	c.rest = text[end+1:]
	if end < 0 {
		return len(b), nil
	}
	_, word, _ := strings.Cut(text[strings.LastIndexByte(text[:end], '\r')+1:end], "mesg=")
	if n, err := strconv.Atoi(word); err == nil {
		c.mesg = n
	}
	return len(b), nil
}

func (c *counter) messages() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mesg
}
