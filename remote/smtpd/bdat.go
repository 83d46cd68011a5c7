package smtpd

import (
	"io"
	"strconv"
	"strings"
	"time"
)

const replyBadBDAT = "501 syntax error in BDAT (#5.5.4)"

// bdat takes a part of a message, RFC 3030. It is framed by its length, so
// nothing in it can look like an end: a lone LF is a line's end.
func (s *Session) bdat(arg string) error {
	length, last, ok := parseBDAT(arg)
	if !ok {
		s.faults++
		return s.cutOff(replyBadBDAT) // what follows may be a message or commands
	}
	if s.dataBegan.IsZero() {
		s.dataBegan, s.dataBytes = s.Now(), 0
		defer func() {
			if s.chunks == nil {
				s.dataBegan = time.Time{}
			}
		}()
	}
	line := ""
	switch {
	case !s.inMail:
		line = replyWantMail
	case s.rcpts.count == 0:
		line = replyWantRcpt
	case s.chunks == nil:
		if s.chunks = s.openMessage(); s.chunks == nil {
			s.forget()
			line = replyQueueless
			break
		}
		s.chunks.d = decoder{m: s.chunks, bareLF: true}
	}
	if err := s.copyPart(length); err != nil {
		return err
	}
	switch {
	case line == replyQueueless:
		s.reply(line)
	case line != "":
		s.fault(line)
	case last:
		s.finishChunks()
	case s.chunks.over():
		s.forget()
		s.reply(replyTooBig)
	default:
		s.idle--
		s.reply(replyOK)
	}
	return nil
}

func (s *Session) finishChunks() {
	m := s.chunks
	s.chunks = nil
	s.dataBegan = time.Time{}
	m.d.close()
	s.reply(s.finish(m))
	s.forget()
}

// copyPart hands length bytes to the message, if there is one.
func (s *Session) copyPart(length int64) error {
	s.widen()
	for length > 0 {
		if _, err := s.r.Peek(1); err != nil {
			return err
		}
		b, err := s.r.Peek(int(min(length, int64(s.r.Buffered()))))
		if err != nil {
			return err
		}
		if s.chunks != nil {
			s.chunks.d.text(b)
		}
		if _, err := s.r.Discard(len(b)); err != nil && err != io.EOF {
			return err
		}
		length -= int64(len(b))
	}
	return nil
}

// maxPart is the most bytes that one BDAT may announce.
const maxPart = 1 << 40

func parseBDAT(arg string) (length int64, last, ok bool) {
	number, word, more := strings.Cut(strings.TrimRight(arg, " "), " ")
	n, err := strconv.ParseUint(number, 10, 63)
	if err != nil || n > maxPart {
		return 0, false, false
	}
	last = strings.EqualFold(strings.TrimLeft(word, " "), "LAST")
	return int64(n), last, last == more
}
