package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"mime"
	"path"
	"strings"

	"qmailkit/internal/message"
)

// What a message may have, so that nobody's disk or memory is filled by a
// small one.
const (
	maxLine  = 16 << 20 // bytes in a line, and in the header of a part
	maxParts = 10000
	maxDepth = 100
)

var (
	errLong = errors.New("line too long")
	errMany = errors.New("too many parts")
)

// part is what a part's header says of it.
type part struct {
	number   int
	boundary string // of the multipart that it is in; "" for the whole message
	kind     string // "text/plain"
	encoding string // in lower case
	name     string // of the file that it was; "" for none
	first    int    // the line of the message that it starts with, counted from 1
	last     int
	bad      bool // not all of it could be decoded
}

// output takes the parts. begin is told of each, write gets what it holds.
type output struct {
	begin func(*part) error
	write func([]byte) error
	end   func(*part) error
}

// walk goes through a message. Parts within parts come one after the other;
// a message within a message is one part.
type walk struct {
	out        output
	boundaries []string
	count      int
	line       int
	id         string // Message-ID
	header     []byte // of the part that begins, while it is read
	inHeader   bool
	part       *part // nil between parts
	decoder    decoder
}

// run reads r to its end.
func (w *walk) run(r io.Reader) error {
	in := bufio.NewReaderSize(r, 1<<16)
	w.inHeader = true
	for {
		line, err := readLine(in)
		if err != nil {
			return err
		}
		if len(line) == 0 {
			break
		}
		w.line++
		if err := w.take(line); err != nil {
			return err
		}
	}
	if w.inHeader {
		if err := w.begin(); err != nil {
			return err
		}
	}
	return w.finish(false)
}

func readLine(in *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		b, err := in.ReadSlice('\n')
		line = append(line, b...)
		switch {
		case err == nil || err == io.EOF:
			return line, nil
		case err != bufio.ErrBufferFull:
			return nil, err
		case len(line) > maxLine:
			return nil, errLong
		}
	}
}

func (w *walk) take(line []byte) error {
	if level, closing := w.boundary(line); level >= 0 {
		if w.inHeader {
			if err := w.begin(); err != nil {
				return err
			}
		}
		err := w.finish(true)
		w.boundaries = w.boundaries[:level+1]
		if closing {
			w.boundaries = w.boundaries[:level]
		}
		w.inHeader, w.header = !closing, w.header[:0]
		return err
	}
	switch {
	case w.line == 1 && bytes.HasPrefix(line, []byte("From ")):
		return nil // an mbox has it before the header
	case w.inHeader && len(bytes.TrimRight(line, "\r\n")) > 0:
		if w.header = append(w.header, line...); len(w.header) > maxLine {
			return errLong
		}
	case w.inHeader:
		return w.begin()
	case w.part != nil:
		return w.out.write(w.decoder.line(line))
	}
	return nil
}

// boundary finds the multipart that a line is a boundary of, -1 for none
// (RFC 2046 section 5.1.1).
func (w *walk) boundary(line []byte) (level int, closing bool) {
	rest, ok := bytes.CutPrefix(bytes.TrimRight(line, " \t\r\n"), []byte("--"))
	if !ok {
		return -1, false
	}
	for i := len(w.boundaries) - 1; i >= 0; i-- {
		switch string(rest) {
		case w.boundaries[i]:
			return i, false
		case w.boundaries[i] + "--":
			return i, true
		}
	}
	return -1, false
}

// begin starts a part, or a multipart, at the end of its header.
func (w *walk) begin() error {
	w.inHeader = false
	top := len(w.boundaries) == 0
	p := &part{kind: "text/plain", first: w.line + 1}
	var inner string
	header := bytes.ReplaceAll(w.header, []byte("\r\n"), []byte("\n"))
	err := message.Fields(bufio.NewReader(bytes.NewReader(header)), func(name, contents string) {
		switch strings.ToLower(name) {
		case "content-type":
			kind, params, err := mime.ParseMediaType(contents)
			if err != nil && kind == "" {
				return
			}
			p.kind, inner = kind, params["boundary"]
			if p.name == "" {
				p.name = params["name"]
			}
		case "content-disposition":
			if _, params, _ := mime.ParseMediaType(contents); params["filename"] != "" {
				p.name = params["filename"]
			}
		case "content-transfer-encoding":
			p.encoding = strings.ToLower(strings.TrimSpace(contents))
		case "message-id":
			if top && w.id == "" {
				w.id = strings.Trim(contents, " \t<>")
			}
		}
	})
	if err != nil {
		return err
	}
	if strings.HasPrefix(p.kind, "multipart/") && inner != "" {
		if len(w.boundaries) == maxDepth {
			return errMany
		}
		w.boundaries = append(w.boundaries, inner)
		return nil
	}
	if w.count++; w.count > maxParts {
		return errMany
	}
	p.number = w.count
	if n := len(w.boundaries); n > 0 {
		p.boundary = w.boundaries[n-1]
	}
	if name, err := new(mime.WordDecoder).DecodeHeader(p.name); err == nil {
		p.name = name
	}
	if p.name != "" {
		p.name = path.Base(strings.ReplaceAll(p.name, `\`, "/"))
	}
	w.part, w.decoder = p, decoder{encoding: p.encoding}
	return w.out.begin(p)
}

// finish ends the part that there is.
func (w *walk) finish(boundary bool) error {
	p := w.part
	if p == nil {
		return nil
	}
	w.part = nil
	err := w.out.write(w.decoder.close(boundary))
	p.bad = w.decoder.bad
	p.last = w.line
	if boundary {
		p.last--
	}
	if err != nil {
		return err
	}
	return w.out.end(p)
}
