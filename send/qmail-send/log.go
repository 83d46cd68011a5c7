package main

import "io"

// logger gathers lines and writes whole ones. Where the log cannot be written
// there is nobody to tell.
type logger struct {
	out io.Writer
	buf []byte
}

const logBuffer = 8192

// put adds text, one line or several, each with its newline.
func (l *logger) put(text string) {
	l.buf = append(l.buf, text...)
	if len(l.buf) >= logBuffer {
		l.flush()
	}
}

// flush writes what has been put. The loop does so before it waits and before
// a request leaves that the lines tell of.
func (l *logger) flush() {
	if len(l.buf) > 0 {
		l.out.Write(l.buf)
		l.buf = l.buf[:0]
	}
}
