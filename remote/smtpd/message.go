package smtpd

import (
	"bytes"
	"strconv"
	"strings"

	"qmailkit/internal/qclient"
)

// maxHops is how many Received and Delivered-To fields a message may not have:
// it is going round in circles.
const maxHops = 100

const (
	replyQueueless = "451 qqt failure (#4.3.0)"
	replyHops      = "554 too many hops, this message is looping (#5.4.6)"
	replyTooBig    = "552 sorry, that message size exceeds my databytes limit (#5.3.4)"
)

// message is a message on its way into the queue, with Unix line ends.
type message struct {
	q     Queue
	own   *Buffers // whose buf is
	buf   []byte
	limit int64 // bytes, 0 for no limit
	size  int64

	hops     int
	atStart  bool // of a line
	inHeader bool
	d        decoder // for BDAT, whose parts may end anywhere
}

// openMessage begins a message with what lists of clients say, and the Received
// field of this server. nil means that the queue cannot take one now.
func (s *Session) openMessage() *message {
	q, err := s.Open(&s.Client)
	if err != nil {
		return nil
	}
	m := &message{q: q, own: s.Buffers, limit: int64(s.Policy.DataBytes), atStart: true, inHeader: true}
	m.buf = m.own.block()
	if s.listing != nil && !s.Client.Relay {
		m.buf = append(m.buf, s.listing.fields...)
	}
	m.buf = append(m.buf, s.received()...)
	s.dataBegan, s.dataBytes = s.Now(), 0
	return m
}

// received is the trace field. The protocol's name is plain SMTP for all that
// is not encrypted, authenticated or UTF-8, as it always was (RFC 3848, RFC
// 6531 4.3).
func (s *Session) received() string {
	if s.Policy.Received != nil {
		return s.Policy.Received(s.Now())
	}
	protocol := "SMTP"
	if s.Client.Secure || s.Client.Authenticated() {
		protocol = "ESMTP"
	}
	if s.Client.UTF8 {
		protocol = "UTF8SMTP"
	}
	if s.Client.Secure {
		protocol += "S"
	}
	if s.Client.Authenticated() {
		protocol += "A"
	}
	if s.heloGiven {
		return s.Client.Peer.ReceivedHelo(protocol, s.Client.Helo, s.Now())
	}
	return s.Client.Peer.Received(protocol, "", s.Now())
}

// add takes a line or a part of one; its newline, if it is there, is the last
// byte of b.
func (m *message) add(b []byte) {
	if len(b) == 0 {
		return
	}
	if m.inHeader && m.atStart {
		m.inHeader = b[0] != '\n'
		if startsWith(b, "received") || startsWith(b, "delivered") {
			m.hops++
		}
	}
	m.atStart = b[len(b)-1] == '\n'
	m.size += int64(len(b))
	if m.over() {
		return
	}
	if len(m.buf)+len(b) > cap(m.buf) {
		m.flush()
	}
	if len(b) > cap(m.buf) {
		m.q.Write(b)
		return
	}
	m.buf = append(m.buf, b...)
}

func startsWith(b []byte, lower string) bool {
	return len(b) >= len(lower) && (b[0]|0x20) == lower[0] && bytes.EqualFold(b[:len(lower)], []byte(lower))
}

func (m *message) over() bool { return m.limit > 0 && m.size > m.limit }

func (m *message) flush() {
	m.q.Write(m.buf)
	m.buf = m.buf[:0]
}

func (m *message) abandon() {
	m.own.give(m.buf)
	m.q.Abandon()
}

// finish gives the envelope to the queue and returns the answer.
func (s *Session) finish(m *message) string {
	looping := m.hops >= maxHops
	if looping || m.over() {
		m.q.Fail()
	}
	m.flush()
	m.own.give(m.buf)
	m.q.From(s.Client.Sender)
	for recipient := range s.rcpts.each {
		m.q.To(recipient)
	}
	err := m.q.Close()
	switch {
	case err == nil:
		s.faults, s.idle, s.refused = 0, 0, 0
		return "250 ok " + strconv.FormatInt(s.Now().Unix(), 10) + " qp " + strconv.Itoa(m.q.PID())
	case looping:
		return replyHops
	case m.over():
		return replyTooBig
	case qclient.Letter(err) == "D":
		return "554 " + words(err)
	}
	return "451 " + words(err)
}

// words are what the queue says. A filter in its place may say more than a line,
// and in the words of a message: no line of it must be taken for a reply.
func words(err error) string { return oneLine(strings.TrimRight(err.Error(), " \t\r\n")) }
