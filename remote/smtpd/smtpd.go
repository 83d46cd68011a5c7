// Package smtpd serves SMTP (RFC 5321) to one client: a Session reads commands,
// asks its Policy about each address, and hands messages to a queue. It has no
// state outside of the Session, so that one process may serve many clients.
package smtpd

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"qmailkit/internal/ucspi"
)

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

// Client is what is known of the client. Those that judge it may look at it
// while they do, and keep nothing of it.
type Client struct {
	Peer        ucspi.Peer
	Helo        string // what it called itself, the host's name before it did
	Greeted     bool   // it did
	Secure      bool   // it is behind TLS
	Login       *Login // nil before it has shown who it is
	Relay       bool   // it may send to any recipient
	RelaySuffix string // added to its recipients

	Sender     string // of the transaction
	UTF8       bool   // the transaction was asked for with SMTPUTF8
	Recipients int    // accepted so far in the transaction
	ForUs      bool   // the recipient in question is in rcpthosts
	Listed     bool   // the recipient in question is in a list of valid ones
	RBLResult  string // what Blocklists say of it: pass, accept, delay, reject or ignore; "" before they are asked

	Log func(text string) // tells the log of it; nil: nobody
}

// Session serves one client. The first group must be set, the others may be.
type Session struct {
	In     io.Reader // a client that keeps still too long is os.ErrDeadlineExceeded
	Out    io.Writer
	Policy *Policy
	Client Client                       // Relay, Helo, Sender and what follows it are set by the session
	Open   func(*Client) (Queue, error) // a message begins
	Now    func() time.Time

	Resume *Resume // the session begins with STARTTLS instead of a greeting

	Sleep func(time.Duration)               // how a client is made to wait; nil: it is not
	Early func(wait time.Duration) (b bool) // waits, or tells at once that the client is talking

	Buffers *Buffers // nil: the session's own

	r          *bufio.Reader // idleReader, or a large one that reads from it
	idleReader *bufio.Reader
	w          *bufio.Writer

	came       Client    // the client as it was when it came
	camePolicy *Policy   // what held then
	began      time.Time // the session
	dataBegan  time.Time // the message that is on its way; zero where none is
	dataBytes  int64     // how much of it has been read

	verb      string   // of the command that is being served
	esmtp     bool     // the client has said EHLO
	heloGiven bool     // there is something to say in the Received field
	helo      *string  // what every recipient is told because of the name; nil: not known yet
	listing   *listing // what Policy.Blocklists say of the client; nil: not known yet
	inMail    bool     // a sender has been accepted
	refusal   string   // what every recipient of this sender is told
	rcpts     recipients
	chunks    *message // a message of which BDAT has brought a part

	faults     int // commands that were wrong, since the last message
	idle       int // commands that did not lead anywhere, since the last message
	refused    int // recipients that were refused, since the last message
	badRcpts   int // recipients that count for Policy.MaxBad
	unlisted   int // recipients that count for Policy.MaxUnlisted
	askedRcpts int // recipients asked for in this transaction
}

// The ends of a session other than QUIT. What the client had to be told has
// been sent.
var (
	ErrGone    = errors.New("the client went away")
	ErrTimeout = errors.New("the client kept still for too long")
	ErrCutOff  = errors.New("the client was cut off")
)

// Bounds on what a client may do.
const (
	maxLine    = 32 << 10 // bytes of a command, its end included
	maxFaults  = 100      // wrong commands between two messages
	maxIdle    = 10_000   // other commands between two messages, recipients apart
	maxRefused = 100_000  // refused recipients between two messages

	replyBuffer = 2 << 10 // bytes of replies that go out together

	maxSession = 24 * time.Hour
	dataGrace  = time.Hour // any message may take that long
	minRate    = 100       // bytes a second that it must come at on average after that
)

const (
	replyTimeout  = "451 timeout (#4.4.2)"
	replyTooSlow  = "451 too slow (#4.4.2)"
	replyTooLong  = "421 this session has lasted long enough (#4.4.2)"
	replyLineSize = "500 line too long (#5.5.2)"
	replyFaults   = "421 too many errors (#4.7.0)"
	replyIdle     = "421 too many commands without a message (#4.7.0)"
	replyEarly    = "554 SMTP protocol violation"
)

// Serve serves the client until it says QUIT, which is nil, or the session
// ends otherwise.
func (s *Session) Serve() error {
	if s.Buffers == nil {
		s.Buffers = &Buffers{}
	}
	s.idleReader, s.w = bufio.NewReaderSize(source{s}, idleBuffer), bufio.NewWriterSize(s.Out, replyBuffer)
	s.r = s.idleReader
	s.began = s.Now()
	s.Client.Relay, s.Client.RelaySuffix = s.Policy.Relay, s.Policy.RelaySuffix
	s.Client.Helo = s.Client.Peer.RemoteHost
	s.came, s.camePolicy = s.Client, s.Policy
	s.admit(s.Client.Login)
	err := s.begin()
	for err == nil {
		err = s.command()
		s.narrow()
	}
	s.forget()
	if ferr := s.w.Flush(); ferr != nil && (err == nil || err == errQuit) {
		err = ErrGone
	}
	if err == errQuit {
		return nil
	}
	return err
}

func (s *Session) begin() error {
	if s.Resume != nil {
		return s.resume(s.Resume)
	}
	return s.greet()
}

// Refuse tells a client that cannot be served, in the words of reply, and
// ends there.
func Refuse(out io.Writer, reply string) { io.WriteString(out, reply+"\r\n") }

func (s *Session) greet() error {
	if d := s.Policy.GreetDelay; d > 0 && s.Early != nil {
		if s.Early(d) && s.Policy.DropEarly {
			return s.cutOff(replyEarly)
		}
	}
	s.reply("220 " + s.Policy.Greeting + " ESMTP")
	return nil
}

// errQuit is the end that a client asked for.
var errQuit = errors.New("quit")

// errLine is a line that does not end in time.
var errLine = errors.New("line too long")

// source is where the session reads from. Replies that are owed go out before
// it waits for the client: a batch of commands gets a batch of replies.
type source struct{ s *Session }

func (f source) Read(b []byte) (int, error) {
	s := f.s
	if err := s.w.Flush(); err != nil {
		return 0, ErrGone
	}
	n, err := s.In.Read(b)
	if n > 0 {
		s.dataBytes += int64(n)
		if err := s.late(); err != nil {
			return 0, err
		}
		return n, nil
	}
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return 0, s.end(replyTimeout, ErrTimeout)
	}
	return 0, ErrGone
}

// late ends a session that takes too much time as a whole.
func (s *Session) late() error {
	now := s.Now()
	switch {
	case now.Sub(s.began) > maxSession:
		return s.cutOff(replyTooLong)
	case s.dataBegan.IsZero():
		return nil
	case now.Sub(s.dataBegan) > dataGrace+time.Duration(s.dataBytes/minRate)*time.Second:
		return s.cutOff(replyTooSlow)
	}
	return nil
}

// reply sends a line.
func (s *Session) reply(line string) {
	s.w.WriteString(s.enhance(line))
	s.w.WriteString("\r\n")
}

// end sends the last line of a session and returns err.
func (s *Session) end(line string, err error) error {
	s.reply(line)
	if s.w.Flush() != nil {
		return ErrGone
	}
	return err
}

func (s *Session) cutOff(line string) error { return s.end(line, ErrCutOff) }

// answer sends a line that somebody else has chosen; 421 is the last one.
func (s *Session) answer(line string) error {
	if strings.HasPrefix(line, "421") {
		return s.cutOff(line)
	}
	s.reply(line)
	return nil
}

// line reads a command, without its end: LF, or CR LF.
func (s *Session) line() (string, error) {
	b, err := s.r.ReadSlice('\n')
	if err == bufio.ErrBufferFull && s.r == s.idleReader {
		s.widen()
		// What the small buffer gave is gone from there: it goes before the rest.
		s.r.Reset(io.MultiReader(bytes.NewReader(bytes.Clone(b)), s.idleReader))
		b, err = s.r.ReadSlice('\n')
	}
	if err == bufio.ErrBufferFull || len(b) > maxLine {
		return "", errLine
	}
	if err != nil {
		return "", err
	}
	b = b[:len(b)-1]
	if n := len(b); n > 0 && b[n-1] == '\r' {
		b = b[:n-1]
	}
	return string(b), nil
}
