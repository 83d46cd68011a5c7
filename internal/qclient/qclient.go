// Package qclient hands a message to the queue: to bin/qmail-queue of the
// home, or to the program that QMAILQUEUE names. qmail-queue(8) has the
// protocol; a refusal carries the words that qmail's programs have for it.
package qclient

import (
	"errors"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
)

// Message is one message on its way into the queue. Write the message itself,
// then call From once, To for each recipient, and Close.
//
// A write that fails is remembered, not returned: the program on the other
// side says better than an EPIPE why it stopped reading, and Close tells.
type Message struct {
	proc      *os.Process
	message   *os.File // its descriptor 0
	envelope  *os.File // its descriptor 1
	complaint *os.File // its descriptors 4 and 6, see Close
	buf       []byte
	failed    bool
	refusal   *Refusal // known before the program could start
}

// Refusal is why a message is not in the queue.
type Refusal struct {
	Permanent bool
	Text      string // "qq write error or disk full (#4.3.0)"
	Exit      int    // the program's exit code, 0 when it gave none
}

func (e *Refusal) Error() string { return e.Text }

const bufferSize = 8192

// Open starts the queueing program for p. Its error is the system's, when no
// process could be had; any other trouble shows in Close.
func Open(p *cmd.Proc) (*Message, error) {
	program := p.Getenv("QMAILQUEUE")
	if program == "" {
		if _, set := p.LookupEnv("QMAILQUEUE"); !set {
			program = "bin/qmail-queue"
		}
	}
	var pipes [3]struct{ r, w *os.File }
	for i := range pipes {
		r, w, err := os.Pipe()
		if err != nil {
			for _, open := range pipes[:i] {
				open.r.Close()
				open.w.Close()
			}
			return nil, err
		}
		pipes[i].r, pipes[i].w = r, w
	}
	message, envelope, complaint := pipes[0], pipes[1], pipes[2]
	proc, err := os.StartProcess(program, []string{program}, &os.ProcAttr{
		Dir: p.Home, Env: p.Env,
		Files: []*os.File{message.r, envelope.r, p.Stderr, nil, complaint.w, nil, complaint.w},
	})
	message.r.Close()
	envelope.r.Close()
	complaint.w.Close()
	m := &Message{proc: proc, message: message.w, envelope: envelope.w, complaint: complaint.r}
	if err != nil {
		if m.refusal = startFailure(err); m.refusal == nil {
			m.closePipes()
			return nil, err
		}
		m.failed = true
	}
	return m, nil
}

// startFailure tells a program that cannot be run from a process that cannot
// be had.
func startFailure(err error) *Refusal {
	if errors.Is(err, syscall.EAGAIN) || errors.Is(err, syscall.ENOMEM) {
		return nil
	}
	var pe *os.PathError
	if errors.As(err, &pe) && pe.Op == "chdir" {
		return refusal(61, "")
	}
	return refusal(120, "")
}

// PID returns the queueing program's process id, the "qp" of log lines and
// replies; 0 when it did not start.
func (m *Message) PID() int {
	if m.proc == nil {
		return 0
	}
	return m.proc.Pid
}

// Fail makes sure that the message is not queued, whatever else is written:
// its reader sees the end where more was due.
func (m *Message) Fail() { m.failed = true }

// Write adds to the message. It always succeeds; see Message.
func (m *Message) Write(b []byte) (int, error) {
	m.put(m.message, string(b))
	return len(b), nil
}

// WriteString is Write for a string.
func (m *Message) WriteString(s string) (int, error) {
	m.put(m.message, s)
	return len(s), nil
}

// From ends the message and gives its envelope sender.
func (m *Message) From(sender string) {
	m.flush(m.message)
	m.message.Close()
	m.put(m.envelope, "F"+sender+"\x00")
}

// To adds an envelope recipient.
func (m *Message) To(recipient string) { m.put(m.envelope, "T"+recipient+"\x00") }

// Close ends the envelope and waits. A nil error means that the message is in
// the queue, on disk; every other is a *Refusal.
//
// A program may give its own words for exit codes 82 and 88, 'D' or 'Z' and
// text: on descriptor 6 by notqmail's rule, on 4 by the older one.
func (m *Message) Close() error {
	m.put(m.envelope, "\x00")
	m.flush(m.envelope)
	m.message.Close()
	m.envelope.Close()
	defer m.complaint.Close()
	if m.refusal != nil {
		return m.refusal
	}
	complaint := make(chan string)
	go func() { complaint <- readComplaint(m.complaint) }()
	state, err := m.proc.Wait()
	// What it started may still hold the pipe: take what is there and go.
	m.complaint.SetReadDeadline(time.Now().Add(time.Second))
	text := <-complaint
	if err != nil {
		return &Refusal{Text: "qq waitpid surprise (#4.3.0)"}
	}
	code := state.ExitCode()
	switch {
	case code < 0:
		return &Refusal{Text: "qq crashed (#4.3.0)"}
	case code == 0 && !m.failed:
		return nil
	case code == 0:
		return refusal(54, "")
	}
	return refusal(code, text)
}

// Abandon gives the message up before its envelope is whole: nothing is queued.
// It does not wait.
func (m *Message) Abandon() {
	m.failed = true
	m.closePipes()
	if m.proc != nil {
		m.proc.Release()
	}
}

func (m *Message) closePipes() {
	m.message.Close()
	m.envelope.Close()
	m.complaint.Close()
}

func (m *Message) put(f *os.File, s string) {
	if len(m.buf)+len(s) > bufferSize {
		m.flush(f)
		if len(s) > bufferSize {
			m.write(f, []byte(s))
			return
		}
	}
	m.buf = append(m.buf, s...)
}

func (m *Message) flush(f *os.File) {
	m.write(f, m.buf)
	m.buf = m.buf[:0]
}

func (m *Message) write(f *os.File, b []byte) {
	if m.failed || len(b) == 0 {
		return
	}
	if _, err := f.Write(b); err != nil {
		m.failed = true
	}
}

// maxComplaint bounds what a queueing program may say.
const maxComplaint = 255

func readComplaint(f *os.File) string {
	buf := make([]byte, maxComplaint)
	n := 0
	for n < len(buf) {
		k, err := f.Read(buf[n:])
		n += k
		if err != nil {
			break
		}
	}
	return string(buf[:n])
}
