package main

import "strings"

// cell is one character of a line, and how it looks.
type cell struct {
	c     byte
	style style
}

type style byte

const (
	plain style = iota
	underlined
	bold
)

// cells shows text in one style, and what cannot be printed of it, as a
// backslash and three octal digits, in another.
func cells(text string, s, escaped style) []cell {
	list := make([]cell, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case c == '\t':
			list = append(list, cell{' ', s})
		case c >= ' ' && c <= '~':
			list = append(list, cell{c, s})
		default:
			for _, d := range []byte{'\\', '0' + c>>6, '0' + c>>3&7, '0' + c&7} {
				list = append(list, cell{d, escaped})
			}
		}
	}
	return list
}

// The widths of the screen, in characters.
const (
	wide  = 78 // a line
	left  = 73 // a line with nothing to the right
	half  = 50 // one side of a line, where both are long
	apart = 2  // between the sides
)

// screen writes lines with the codes that nroff has for a printer's
// underlining and double strokes.
type screen struct{ out *strings.Builder }

func (s screen) put(list []cell) {
	for _, c := range list {
		switch c.style {
		case underlined:
			s.out.WriteString("_\b")
		case bold:
			s.out.Write([]byte{c.c, '\b'})
		}
		s.out.WriteByte(c.c)
	}
}

// line writes a list, broken before spaces where it is too long.
func (s screen) line(list []cell) {
	for len(list) > left {
		n := left - 1
		for n > 0 && list[n].c != ' ' {
			n--
		}
		if n == 0 {
			n = left
		}
		s.put(list[:n])
		s.out.WriteByte('\n')
		list = list[n:]
	}
	s.put(list)
	s.out.WriteByte('\n')
}

// sides writes a at the left and b at the right.
func (s screen) sides(a, b []cell) {
	for {
		i, j := len(a), len(b)
		last := i+j <= wide-apart
		if !last {
			i = min(i, half)
			j = min(j, half, wide-apart-i)
		}
		s.put(a[:i])
		s.out.WriteString(strings.Repeat(" ", wide-i-j))
		s.put(b[:j])
		s.out.WriteByte('\n')
		if last {
			return
		}
		a, b = a[i:], b[j:]
	}
}
