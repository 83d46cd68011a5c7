package main

import (
	"bytes"
	"encoding/base64"
)

// decoder undoes a transfer encoding (RFC 2045 section 6), a line at a time.
// What is no code is left out, and makes bad true.
type decoder struct {
	encoding string // in lower case
	bad      bool
	pending  []byte // the end of the last line, which belongs to a boundary behind it
	quad     []byte // base64: fewer than four characters
	ended    bool   // base64: by an equals sign
}

// line returns what a line stands for. It ends with a newline, unless the
// message does.
func (d *decoder) line(line []byte) []byte {
	text := bytes.TrimRight(line, "\r\n")
	end := line[len(text):]
	var out []byte
	switch d.encoding {
	case "base64":
		return d.base64(text)
	case "quoted-printable":
		out, end = d.quoted(bytes.TrimRight(text, " \t"), end)
	default:
		out = text
	}
	whole := append(append(make([]byte, 0, len(d.pending)+len(out)), d.pending...), out...)
	d.pending = append(d.pending[:0], end...)
	return whole
}

// close returns what is left: the last line's end, unless a boundary takes it.
func (d *decoder) close(boundary bool) []byte {
	if d.encoding == "base64" {
		d.bad = d.bad || len(d.quad) == 1
		out, err := base64.RawStdEncoding.DecodeString(string(d.quad))
		d.bad = d.bad || err != nil
		d.quad = d.quad[:0]
		return out
	}
	if boundary {
		return nil
	}
	return d.pending
}

func (d *decoder) base64(text []byte) []byte {
	out := make([]byte, 0, len(text)*3/4+3)
	for _, c := range text {
		switch {
		case c == '=':
			d.ended = true
			continue
		case c == ' ' || c == '\t':
			continue
		case d.ended || !isBase64(c):
			d.bad = true
			continue
		}
		if d.quad = append(d.quad, c); len(d.quad) == 4 {
			out, _ = base64.StdEncoding.AppendDecode(out, d.quad)
			d.quad = d.quad[:0]
		}
	}
	return out
}

func isBase64(c byte) bool {
	return 'A' <= c && c <= 'Z' || 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '+' || c == '/'
}

// quoted decodes a line of quoted-printable; an equals sign at its end takes
// the end of the line away.
func (d *decoder) quoted(text, end []byte) (out, newEnd []byte) {
	for i := 0; i < len(text); i++ {
		if text[i] != '=' {
			out = append(out, text[i])
			continue
		}
		if i+1 == len(text) {
			return out, nil
		}
		high, low := -1, -1
		if i+2 < len(text) {
			high, low = digit(text[i+1]), digit(text[i+2])
		}
		if high < 0 || low < 0 {
			d.bad = true
			out = append(out, '=')
			continue
		}
		out = append(out, byte(high<<4|low))
		i += 2
	}
	return out, end
}

func digit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	}
	return -1
}
