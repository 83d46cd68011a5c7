// Package qclient hands a message to the queue: to the program that QMAILQUEUE
// names, to the home's qmail-queued where one listens, or to bin/qmail-queue.
// qmail-queue(8) has the protocol; a refusal carries the words that qmail's
// programs have for it.
package qclient

import (
	"os"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/home"
	"qmailkit/internal/plain"
	"qmailkit/internal/queuewire"
)

// Message is one message on its way into the queue. Write the message itself,
// then call From once, To for each recipient, and Close.
//
// A write that fails is remembered, not returned: the program on the other
// side says better than an EPIPE why it stopped reading, and Close tells.
type Message struct {
	resident  *queuewire.Client // qmail-queued; nil where it is a process of its own
	pid       int               // 0: it did not start, or has not answered
	message   *os.File          // its descriptor 0
	envelope  *os.File          // its descriptor 1
	complaint *os.File          // its descriptors 4 and 6, see Close
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

// Open connects to qmail-queued, or starts the queueing program for p. Its error
// is the system's, when no process could be had; any other trouble shows in
// Close.
func Open(p *cmd.Proc) (*Message, error) { return open(p, queuewire.Dial) }

// Many is the way of a program that hands over many messages: it keeps its
// connections to qmail-queued. The zero value is ready.
type Many struct{ pool queuewire.Pool }

// Open is as the function of the name. Every p is of the same home.
func (m *Many) Open(p *cmd.Proc) (*Message, error) { return open(p, m.pool.Dial) }

func open(p *cmd.Proc, dial func(path string) (*queuewire.Client, error)) (*Message, error) {
	program, set := p.LookupEnv("QMAILQUEUE")
	if !set {
		if c, err := dial(home.Socket(p.Home, queuewire.Socket)); err == nil {
			return &Message{resident: c}, nil
		}
		program = "bin/qmail-queue"
	}
	return run(p, program)
}

// run starts program.
func run(p *cmd.Proc, program string) (*Message, error) {
	var pipes [3]struct{ r, w *os.File }
	for i := range pipes {
		r, w, err := plain.Pipe()
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
	// What the program says is read when it has ended: it must not wait for
	// that where it says more than a pipe holds.
	syscall.SetNonblock(int(complaint.w.Fd()), true)
	pid, err := start(p, program, message.r, envelope.r, complaint.w)
	message.r.Close()
	envelope.r.Close()
	complaint.w.Close()
	m := &Message{pid: pid, message: message.w, envelope: envelope.w, complaint: complaint.r}
	if err != nil {
		if m.refusal = startFailure(p, err); m.refusal == nil {
			m.closePipes()
			return nil, err
		}
		m.failed = true
	}
	return m, nil
}

// start runs program on the descriptors of qmail-queue(8). It is not for
// os.StartProcess, which makes another process first to see what the kernel
// can do: more than a small message costs.
func start(p *cmd.Proc, program string, message, envelope, complaint *os.File) (pid int, err error) {
	const closed = ^uintptr(0)
	stderr := closed
	if p.Stderr != nil {
		stderr = p.Stderr.Fd()
	}
	fd6 := complaint.Fd()
	return syscall.ForkExec(program, []string{program}, &syscall.ProcAttr{
		Dir: p.Home, Env: p.Env,
		Files: []uintptr{message.Fd(), envelope.Fd(), stderr, closed, fd6, closed, fd6},
	})
}

// startFailure tells a program that cannot be run from a process that cannot
// be had.
func startFailure(p *cmd.Proc, err error) *Refusal {
	if errstr.NoProcess(err) {
		return nil
	}
	if _, err := os.Stat(p.Home); err != nil {
		return refusal(61, "")
	}
	return refusal(120, "")
}

// PID returns the queueing program's process id, the "qp" of log lines and
// replies; 0 when it did not start. qmail-queued tells a number of the kind when
// it has the message: at Close.
func (m *Message) PID() int { return m.pid }

// Fail makes sure that the message is not queued, whatever else is written:
// its reader sees the end where more was due.
func (m *Message) Fail() { m.failed = true }

// Write adds to the message. It always succeeds; see Message.
func (m *Message) Write(b []byte) (int, error) {
	if m.resident != nil {
		m.resident.Message(b)
		return len(b), nil
	}
	if len(b) <= bufferSize {
		m.put(m.message, string(b))
		return len(b), nil
	}
	m.flush(m.message)
	m.write(m.message, b)
	return len(b), nil
}

// WriteString is Write for a string.
func (m *Message) WriteString(s string) (int, error) {
	if m.resident != nil {
		return m.Write([]byte(s))
	}
	m.put(m.message, s)
	return len(s), nil
}

// From ends the message and gives its envelope sender.
func (m *Message) From(sender string) {
	if m.resident != nil {
		m.resident.EndMessage()
		m.resident.Envelope("F" + sender + "\x00")
		return
	}
	m.flush(m.message)
	m.message.Close()
	m.put(m.envelope, "F"+sender+"\x00")
}

// To adds an envelope recipient.
func (m *Message) To(recipient string) {
	if m.resident != nil {
		m.resident.Envelope("T" + recipient + "\x00")
		return
	}
	m.put(m.envelope, "T"+recipient+"\x00")
}

// Close ends the envelope and waits. A nil error means that the message is in
// the queue, on disk; every other is a *Refusal.
//
// A program may give its own words for exit codes 82 and 88, 'D' or 'Z' and
// text: on descriptor 6 by notqmail's rule, on 4 by the older one.
func (m *Message) Close() error {
	if m.resident != nil {
		return m.settle()
	}
	m.put(m.envelope, "\x00")
	m.flush(m.envelope)
	m.message.Close()
	m.envelope.Close()
	defer m.complaint.Close()
	if m.refusal != nil {
		return m.refusal
	}
	status, err := wait(m.pid)
	if err != nil {
		return &Refusal{Text: "qq waitpid surprise (#4.3.0)"}
	}
	code := status.ExitStatus()
	switch {
	case !status.Exited():
		return &Refusal{Text: "qq crashed (#4.3.0)"}
	case code == 0 && !m.failed:
		return nil
	case code == 0:
		return refusal(54, "")
	}
	return refusal(code, readComplaint(m.complaint))
}

func wait(pid int) (status syscall.WaitStatus, err error) {
	for {
		_, err = syscall.Wait4(pid, &status, 0, nil)
		if err != syscall.EINTR {
			return status, err
		}
	}
}

// Abandon gives the message up before its envelope is whole: nothing is queued.
// It does not wait.
func (m *Message) Abandon() {
	m.failed = true
	if m.resident != nil {
		m.resident.Close()
		return
	}
	m.closePipes()
	if m.pid != 0 {
		go wait(m.pid)
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

// readComplaint takes what is there. The program has ended; what it has
// started may still hold the pipe, and is not waited for.
func readComplaint(f *os.File) string {
	fd := int(f.Fd())
	if syscall.SetNonblock(fd, true) != nil {
		return ""
	}
	buf := make([]byte, maxComplaint)
	n := 0
	for n < len(buf) {
		k, err := syscall.Read(fd, buf[n:])
		if k <= 0 && err != syscall.EINTR {
			break
		}
		n += max(k, 0)
	}
	return string(buf[:n])
}
