package smtpd

import (
	"bufio"
	"bytes"
	"errors"
	"time"
)

const (
	replyGo     = "354 go ahead"
	replyBareLF = "451 See https://cr.yp.to/docs/smtplf.html."
)

// data takes a message that ends with a dot on a line of its own.
func (s *Session) data() error {
	switch {
	case s.chunks != nil:
		s.fault(replyInBDAT)
		return nil
	case !s.inMail:
		s.fault(replyWantMail)
		return nil
	case s.rcpts.count == 0:
		s.fault(replyWantRcpt)
		return nil
	}
	defer s.forget()
	m := s.openMessage()
	if m == nil {
		s.reply(replyQueueless)
		return nil
	}
	s.reply(replyGo)
	s.widen()
	err := s.copyData(m)
	s.dataBegan = time.Time{}
	if err != nil {
		m.abandon()
		if err == errBareLF {
			return s.cutOff(replyBareLF)
		}
		return err
	}
	s.reply(s.finish(m))
	return nil
}

// errBareLF is an LF without a CR before it: nobody can say whether it ends a
// line, so nothing after it can be trusted.
var errBareLF = errors.New("bare LF")

func (s *Session) copyData(m *message) error {
	d := decoder{m: m, dots: true, atStart: true, bareLF: s.Policy.BareLF}
	for {
		b, err := s.r.ReadSlice('\n')
		if err != nil && err != bufio.ErrBufferFull {
			return err
		}
		end, err := d.piece(b)
		if end || err != nil {
			return err
		}
	}
}

// decoder makes CR LF into LF. Only CR LF, dot, CR LF ends a message, where
// there may be an end (RFC 5321 4.1.1.4): a CR or LF that stands alone never
// counts as a line's end for that, and a lone CR is a byte like any other.
type decoder struct {
	m       *message
	dots    bool // a dot at the start of a line is not the message's
	bareLF  bool // a lone LF is let pass
	atStart bool // the last line ended in CR LF, or there was none
	heldCR  bool // a CR has been read and not yet written
}

// piece takes a line, or a part of one that does not hold an LF.
func (d *decoder) piece(b []byte) (end bool, err error) {
	n := len(b)
	ended := b[n-1] == '\n'
	crlf := ended && (n > 1 && b[n-2] == '\r' || n == 1 && d.heldCR)
	if ended && !crlf && !d.bareLF {
		return false, errBareLF
	}
	if d.dots && d.atStart && b[0] == '.' {
		if crlf && n == 3 {
			return true, nil
		}
		// A dot before a CR or LF that does not end the line stays.
		if n > 1 && b[1] != '\r' && b[1] != '\n' {
			b = b[1:]
			n--
		}
	}
	d.atStart = crlf
	if d.heldCR && (n > 1 || !crlf) {
		d.m.add([]byte{'\r'})
	}
	d.heldCR = !ended && b[n-1] == '\r'
	switch {
	case crlf && n > 1:
		b[n-2] = '\n'
		b = b[:n-1]
	case d.heldCR:
		b = b[:n-1]
	}
	d.m.add(b)
	return false, nil
}

// text takes bytes that may hold any number of lines.
func (d *decoder) text(b []byte) {
	for len(b) > 0 {
		n := bytes.IndexByte(b, '\n') + 1
		if n == 0 {
			n = len(b)
		}
		d.piece(b[:n])
		b = b[n:]
	}
}

// close takes the end of a message that does not end in a line's end.
func (d *decoder) close() {
	if d.heldCR {
		d.m.add([]byte{'\r'})
		d.heldCR = false
	}
}
