package message

import (
	"bufio"
	"errors"
	"io"
	"strings"
)

// maxHeader bounds what Fields and a line of Header keep, in bytes.
const maxHeader = 16 << 20

// ErrTooLong is a header that is too long to be kept.
var ErrTooLong = errors.New("header too long")

// Header gives f each line of the header of r as it stands, and returns the
// line that ends it: an empty one, or the first line of the body. It is empty
// where the message ends with its header.
//
// Unlike Reader, which reads what qmail-inject is given, it does not take a
// From_ line for a field, and takes a folded line for a part of the header
// even at its beginning: so the programs whose names start with 822 see it.
func Header(r *bufio.Reader, f func(line string)) (end string, err error) {
	for {
		line, err := readLine(r)
		if err != nil || line == "" || !inHeader(line) {
			return line, err
		}
		f(line)
	}
}

// Gather gives f each field of the header of r as it stands, folds included,
// and returns what Header does. Folded lines that come before any field are
// one, too.
func Gather(r *bufio.Reader, f func(field string)) (end string, err error) {
	var field []byte
	tooLong := false
	flush := func() {
		if len(field) > 0 {
			f(string(field))
		}
		field = field[:0]
	}
	end, err = Header(r, func(line string) {
		if line[0] != ' ' && line[0] != '\t' {
			flush()
		}
		if tooLong = tooLong || len(field)+len(line) > maxHeader; !tooLong {
			field = append(field, line...)
		}
	})
	switch {
	case err != nil:
		return "", err
	case tooLong:
		return "", ErrTooLong
	}
	flush()
	return end, nil
}

// Fields gives f each field of the header of r: its name, and what stands
// behind the colon with its folds taken out.
func Fields(r *bufio.Reader, f func(name, contents string)) error {
	_, err := Gather(r, func(field string) { f(Split(field)) })
	return err
}

// Split takes a field apart as Fields does.
func Split(field string) (name, contents string) {
	n := 0
	for n < len(field) && field[n] > ' ' && field[n] < 127 && field[n] != ':' {
		n++
	}
	contents = strings.TrimPrefix(strings.TrimLeft(field[n:], " \t"), ":")
	return field[:n], strings.ReplaceAll(contents, "\n", "")
}

// inHeader tells whether a line can stand in a header.
func inHeader(line string) bool {
	if line == "\n" {
		return false
	}
	return line[0] == ' ' || line[0] == '\t' || valid([]byte(line))
}

func readLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil || errors.Is(err, io.EOF):
			return string(line), nil
		case !errors.Is(err, bufio.ErrBufferFull):
			return "", err
		case len(line) > maxHeader:
			return "", ErrTooLong
		}
	}
}
