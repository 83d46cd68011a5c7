package queue

import (
	"bufio"
	"io"
	"os"
	"strconv"
	"syscall"
	"time"

	"qmailkit/internal/date822"
	"qmailkit/internal/plain"
)

// Submission is a message on its way into the queue.
type Submission struct {
	Message  io.Reader // read to its end, and only then:
	Envelope io.Reader // envelopes(5): F, sender, NUL, then T, recipient, NUL for each, then NUL

	Origin string // what the Received line says after "invoked": "from network"
	UID    uint32 // whose message it is
	PID    int    // which process took it
	Now    time.Time

	Crowded bool // other messages are being added by this process
}

// Step is where adding a message can fail.
type Step int

// The steps, each with what is in trouble.
const (
	Reading Step = iota // the message or the envelope: an error, or an early end
	Writing             // the file system: no space, a failing device
	InPid               // the folder pid
	InMess              // the folder mess
	InIntd              // the folder intd
	InTodo              // the folder todo
	Address             // an address of the envelope is longer than MaxAddress
	Format              // the envelope is none
)

// AddError is why a message is not in the queue.
type AddError struct {
	Step Step
	Err  error // the system's error, nil for Address and Format
}

func (e *AddError) Error() string {
	if e.Err == nil {
		return "the envelope is bad"
	}
	return "adding to the queue: " + e.Err.Error()
}

func (e *AddError) Unwrap() error { return e.Err }

func failed(step Step, err error) error { return &AddError{step, err} }

// fileMode lets qmail-send, the spawners and qmail-qread read what qmailq
// wrote, whatever the umask of who called.
const fileMode = 0o644

// adding is a submission half way. A file is nil until it is made.
type adding struct {
	q          *Queue
	s          *Submission
	id         ID
	mess, intd *os.File
	folder     *os.File // the part of mess that the message is in
	todo       *os.File // the folder that todo's entry comes into
	spare      string   // the name in pid that intd's file keeps; "": none
	stale      int64    // length of what that file held before
}

// Add puts a message into the queue. When it returns nil the message, its
// envelope and their names are on disk, and qmail-send may have it; qmail-send
// is not woken. Otherwise the error is an *AddError, and nothing but what
// could not be removed is left.
//
// The order is that of INTERNALS.md: a file in pid gives the number, it moves
// to mess and is filled, then intd is filled, then intd is linked to todo. All
// but the last is on disk before the last is done: no crash leaves a todo
// entry whose envelope or message is not whole.
func (q *Queue) Add(s *Submission) (ID, error) {
	a := &adding{q: q, s: s}
	err := a.run()
	for _, f := range []*os.File{a.mess, a.intd, a.folder, a.todo} {
		if f != nil {
			f.Close()
		}
	}
	return a.id, err
}

func (a *adding) run() error {
	if err := a.create(); err != nil {
		return err
	}
	err := a.fill()
	if err == nil {
		err = a.sync()
	}
	if err != nil {
		a.discard()
		return err
	}
	return a.commit()
}

// pidTries is how many names are tried in pid, as a process may add more than
// one message in a second.
const pidTries = 9

// create makes the message's file: its number is the inode that the file
// system gave to its first name.
func (a *adding) create() error {
	stem := a.q.Root + "/pid/" + strconv.Itoa(a.s.PID) + "." + strconv.FormatInt(a.s.Now.Unix(), 10) + "."
	var pid string
	var fi os.FileInfo
	var err error
	for seq := 1; seq <= pidTries && a.mess == nil; seq++ {
		pid = stem + strconv.Itoa(seq)
		a.mess, fi, err = exclusive(pid)
	}
	if err != nil {
		return failed(InPid, err)
	}
	a.id = ID(fi.Sys().(*syscall.Stat_t).Ino)
	err = os.Link(pid, a.q.Path("mess", a.id))
	if err != nil {
		os.Remove(pid)
		return failed(InMess, err)
	}
	if err := os.Remove(pid); err != nil {
		a.discard()
		return failed(InPid, err)
	}
	return nil
}

// exclusive makes a file that is not there yet.
func exclusive(path string) (*os.File, os.FileInfo, error) {
	f, err := plain.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, fileMode)
	if err != nil {
		return nil, nil, err
	}
	fi, err := f.Stat()
	if err == nil && fi.Mode() != fileMode {
		err = f.Chmod(fileMode)
	}
	if err != nil {
		f.Close()
		os.Remove(path)
		return nil, nil, err
	}
	return f, fi, nil
}

// fill writes the message, then the envelope.
func (a *adding) fill() error {
	if err := a.copyMessage(); err != nil {
		return err
	}
	if a.spares() == nil {
		if err := a.openIntd(); err != nil {
			return err
		}
	}
	w := bufio.NewWriterSize(&envelopeFile{a}, maxSpare)
	w.WriteString("u" + strconv.FormatUint(uint64(a.s.UID), 10) + "\x00p" + strconv.Itoa(a.s.PID) + "\x00")
	if err := copyEnvelope(w, bufio.NewReader(a.s.Envelope)); err != nil {
		return err
	}
	if a.intd == nil {
		// All of it is in the buffer.
		if err := a.openSpare(); err != nil {
			return err
		}
	}
	length := int64(w.Buffered())
	if err := w.Flush(); err != nil {
		return writing(err)
	}
	if a.stale > length {
		if err := a.intd.Truncate(length); err != nil {
			return failed(Writing, err)
		}
	}
	return nil
}

// openIntd makes the envelope's file.
func (a *adding) openIntd() (err error) {
	if a.intd, _, err = exclusive(a.q.Path("intd", a.id)); err != nil {
		return failed(InIntd, err)
	}
	return nil
}

// envelopeFile writes into the envelope's file, which it makes if need be.
type envelopeFile struct{ *adding }

func (e *envelopeFile) Write(b []byte) (int, error) {
	if e.intd == nil {
		if err := e.openIntd(); err != nil {
			return 0, err
		}
	}
	return e.intd.Write(b)
}

// messageBuffer is how much of a message is in memory at a time.
const messageBuffer = 32 << 10

func (a *adding) copyMessage() error {
	buf := append(make([]byte, 0, messageBuffer), "Received: (qmail "+strconv.Itoa(a.s.PID)+
		" invoked "+a.s.Origin+"); "+date822.Format(a.s.Now)+"\n"...)
	for {
		n, rerr := a.s.Message.Read(buf[len(buf):cap(buf)])
		buf = buf[:len(buf)+n]
		if rerr != nil && rerr != io.EOF {
			return failed(Reading, rerr)
		}
		if len(buf) == cap(buf) || rerr == io.EOF {
			if _, err := a.mess.Write(buf); err != nil {
				return failed(Writing, err)
			}
			buf = buf[:0]
		}
		if rerr == io.EOF {
			return nil
		}
	}
}
