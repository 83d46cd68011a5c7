package qmtp

import (
	"bufio"
	"io"
	"strconv"
	"time"

	"qmailkit/internal/netstring"
)

// maxRecipients bounds a message's recipients.
const maxRecipients = 1_000_000

// The answers that are the server's own.
const (
	badSender    = "Dunacceptable sender (#5.1.7)"
	badRecipient = "Dsorry, I can't handle that recipient (#5.1.3)"
	notHere      = "Dsorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"
	tooBig       = "Dsorry, that message size exceeds my databytes limit (#5.3.4)"
)

// ErrFrame is a client that breaks the protocol.
var ErrFrame = netstring.ErrFormat

// Queue takes a message: *qclient.Message, or another of the kind.
type Queue interface {
	io.Writer
	From(sender string)
	To(recipient string)
	Fail()
	Abandon()
	PID() int
	Close() error
}

// Server serves one connection.
type Server struct {
	In          io.Reader
	Out         io.Writer
	DataBytes   int  // the largest message, in bytes without its first; 0 is no limit
	Relay       bool // take every recipient, with RelaySuffix added to each
	RelaySuffix string

	Accepts  func(recipient string) (bool, error) // asked where Relay is not set
	Open     func() (Queue, error)                // a message begins; its Received field is written
	Describe func(refusal error) string           // the answer for Close's error
	Now      func() time.Time

	r *netstring.List
	w *bufio.Writer
}

// flusher sends the answers that are owed before it waits for the client. It
// makes one of all the ways in which a client can go away.
type flusher struct{ s *Server }

func (f flusher) Read(b []byte) (int, error) {
	if err := f.s.w.Flush(); err != nil {
		return 0, io.EOF
	}
	n, err := f.s.In.Read(b)
	if err != nil {
		err = io.EOF
	}
	return n, err
}

// Serve takes messages until the client stops: io.EOF. Nonsense is ErrFrame,
// an absurd length netstring.ErrLength. Answers that are owed are sent first.
func (s *Server) Serve() error {
	s.r, s.w = netstring.NewList(bufio.NewReader(flusher{s})), bufio.NewWriter(s.Out)
	for {
		if err := s.one(); err != nil {
			s.w.Flush()
			return err
		}
	}
}

// one takes one message.
func (s *Server) one() error {
	length, err := s.r.Length()
	if err != nil {
		return err
	}
	if length == 0 {
		return ErrFrame
	}
	q, err := s.Open()
	if err != nil {
		return err
	}
	over, err := s.message(q, length)
	if err == nil {
		err = s.envelope(q, over)
	}
	if err != nil {
		q.Abandon()
	}
	return err
}

// message copies the message and tells whether it is over the limit. Its
// first byte says how its lines end.
func (s *Server) message(q Queue, length int64) (over bool, err error) {
	w := &limited{q: q, left: int64(s.DataBytes), unlimited: s.DataBytes == 0}
	form, err := s.r.ReadByte()
	switch {
	case err != nil:
	case form == '\r':
		err = copyDOS(w, s.r, length-1)
	case form == '\n':
		_, err = io.CopyN(w, s.r, length-1)
	default:
		err = ErrFrame
	}
	if err != nil {
		return false, err
	}
	return w.over, s.r.Comma()
}

// envelope reads the addresses, ends the message and answers.
func (s *Server) envelope(q Queue, over bool) error {
	sender, senderOK, err := s.r.Address()
	if err != nil {
		return err
	}
	q.From(sender)
	if over || !senderOK {
		q.Fail()
	}
	verdicts, err := s.recipients(q)
	if err != nil {
		return err
	}
	answer := s.close(q)
	switch {
	case over:
		answer = tooBig
	case !senderOK:
		answer = badSender
	}
	for _, v := range verdicts {
		switch v {
		case accepted:
			s.answer(answer)
		case foreign:
			s.answer(notHere)
		default:
			s.answer(badRecipient)
		}
	}
	return nil
}

func (s *Server) close(q Queue) string {
	if err := q.Close(); err != nil {
		return s.Describe(err)
	}
	return "Kok " + strconv.FormatInt(s.Now().Unix(), 10) + " qp " + strconv.Itoa(q.PID())
}

// What becomes of a recipient.
const (
	accepted = byte(iota)
	foreign
	unusable
)

// recipients reads the list, which must not be empty: nobody would learn what
// became of the message.
func (s *Server) recipients(q Queue) (verdicts []byte, err error) {
	length, err := s.r.Length()
	if err != nil {
		return nil, err
	}
	list := s.r.Inner(length)
	any := false
	for !list.Done() {
		if len(verdicts) == maxRecipients {
			return nil, netstring.ErrLength
		}
		recipient, ok, err := list.Address()
		if err != nil {
			return nil, err
		}
		v, err := s.verdict(recipient, ok)
		if err != nil {
			return nil, err
		}
		if v == accepted {
			any = true
			q.To(recipient + s.suffix())
		}
		verdicts = append(verdicts, v)
	}
	if len(verdicts) == 0 {
		return nil, ErrFrame
	}
	if !any {
		q.Fail()
	}
	return verdicts, s.r.Comma()
}

func (s *Server) suffix() string {
	if s.Relay {
		return s.RelaySuffix
	}
	return ""
}

func (s *Server) verdict(recipient string, ok bool) (byte, error) {
	if !ok || len(recipient)+len(s.suffix()) >= netstring.MaxAddress {
		return unusable, nil
	}
	if s.Relay {
		return accepted, nil
	}
	here, err := s.Accepts(recipient)
	if err != nil {
		return 0, err
	}
	if !here {
		return foreign, nil
	}
	return accepted, nil
}

func (s *Server) answer(text string) { s.w.Write(netstring.Append(nil, text)) }
