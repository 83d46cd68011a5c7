package resident

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/sys"
)

// grace is how long a program that is let go has to end. It has no job any
// more; one that does not end has been stopped, or worse, by what its user runs.
const grace = 10 * time.Second

// PipeError is that of the system when there is no pipe to be had, or socket.
type PipeError struct{ Err error }

func (e *PipeError) Error() string { return e.Err.Error() }
func (e *PipeError) Unwrap() error { return e.Err }

// StartError is why a program could not be started.
type StartError struct{ Err error }

func (e *StartError) Error() string { return e.Err.Error() }
func (e *StartError) Unwrap() error { return e.Err }

// worker is a program that was started.
type worker struct {
	id      string // of its file; "" for one that is not to stay
	who     who
	conn    *plain.Conn   // nil for one that is not to stay
	replies *bufio.Reader // what it says there
	proc    *os.Process
	jobs    int           // it has been given
	exited  chan struct{} // closed when the process has ended
	code    int           // valid then, as the next
	err     error
	since   time.Time // when it became idle
}

// gone tells whether the process has ended.
func (w *worker) gone() bool {
	select {
	case <-w.exited:
		return true
	default:
		return false
	}
}

// release lets a program go.
func (w *worker) release() { w.letGo(grace) }

func (w *worker) letGo(grace time.Duration) {
	w.conn.Close()
	if w.gone() {
		return
	}
	go func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-w.exited:
		case <-timer.C:
			w.proc.Kill()
		}
	}()
}

// start starts a program for a job, and returns the pipe that it speaks into.
func (pool *Pool) start(p *cmd.Proc, user *syscall.Credential, id string, argv []string, in plain.FD) (w *worker, output *os.File, err error) {
	input, err := inputFile(in)
	if err != nil {
		return nil, nil, &PipeError{err}
	}
	defer input.Close()
	output, theirs, err := os.Pipe()
	if err != nil {
		return nil, nil, &PipeError{err}
	}
	defer theirs.Close()
	stderr := pool.Stderr
	if stderr == nil {
		stderr = theirs
	}
	w, err = startWorker(p, user, id, argv, input, theirs, stderr)
	if err != nil {
		output.Close()
		return nil, nil, err
	}
	return w, output, nil
}

func inputFile(in plain.FD) (*os.File, error) {
	if in < 0 {
		return plain.Open(os.DevNull)
	}
	return in.File()
}

func startWorker(p *cmd.Proc, user *syscall.Credential, id string, argv []string, files ...*os.File) (*worker, error) {
	w := &worker{id: id, jobs: 1, exited: make(chan struct{})}
	if user != nil {
		w.who = who{user.Uid, user.Gid}
	}
	world := *p
	if id != "" {
		ours, theirs, err := sys.SocketPair()
		if err != nil {
			return nil, &PipeError{err}
		}
		defer theirs.Close()
		if w.conn, err = plain.NewConn(ours); err != nil {
			ours.Close()
			return nil, &PipeError{err}
		}
		w.replies = bufio.NewReader(w.conn)
		files = append(files, theirs)
		world.Setenv(variable, version+id)
	}
	var err error
	if w.proc, err = child.StartAs(&world, user, argv, files...); err != nil {
		if w.conn != nil {
			w.conn.Close()
		}
		return nil, &StartError{err}
	}
	go w.reap()
	return w, nil
}

// reap waits for the process to end. It may have answered before it did, but
// what it has started, and may still hold the socket, will not answer.
func (w *worker) reap() {
	w.code, w.err = child.Wait(w.proc)
	close(w.exited)
	if w.conn != nil {
		w.conn.SetReadDeadline(time.Now().Add(time.Second))
	}
}

// finish waits for the end of the job, and returns its exit code as child.Wait
// does that of a process. A program that ends instead of answering has crashed,
// whatever its exit code, unless the job was the one that it was started for: a
// foreign program knows no other answer.
func (pool *Pool) finish(t *turn, w *worker, output *os.File) (said []byte, code int, err error) {
	if output != nil {
		said = readAll(output, pool.Limit)
	}
	if w.conn == nil {
		<-w.exited
		pool.end(t, false)
		return said, w.code, w.err
	}
	said, code, err = w.answer(said, pool.Limit)
	if err == nil {
		pool.give(t, w)
		return said, code, nil
	}
	// Nobody talks like that who stays. A foreign program may take its time for
	// its job; one of ours has none.
	if w.jobs > 1 {
		w.release()
	} else {
		w.conn.Close()
	}
	<-w.exited
	pool.end(t, w.jobs == 1 && w.err == nil)
	if w.jobs > 1 && w.err == nil {
		return said, 0, child.ErrCrashed
	}
	return said, w.code, w.err
}

// errAnswer is what no program says.
var errAnswer = errors.New("not an answer")

// answer reads how the job ended, adds what it says to said, and gives it a
// descriptor for its programs when it asks for one.
func (w *worker) answer(said []byte, limit int) ([]byte, int, error) {
	for asked := false; ; asked = true {
		var head [replySize]byte
		if _, err := io.ReadFull(w.replies, head[:]); err != nil {
			return said, 0, err
		}
		length := int(binary.BigEndian.Uint16(head[replySize-2:]))
		switch {
		case head[1] != byte(w.jobs):
			return said, 0, errAnswer
		case head[0] == saysGive && length == 0 && !asked:
			output, err := w.give()
			if err != nil {
				return said, 0, err
			}
			said = readAll(output, limit)
		case head[0] == saysDone:
			text := make([]byte, length)
			if _, err := io.ReadFull(w.replies, text); err != nil {
				return said, 0, err
			}
			return add(said, text, limit), int(head[2]), nil
		default:
			return said, 0, errAnswer
		}
	}
}

// give gives the program the end of a pipe and returns the other.
func (w *worker) give() (output *os.File, err error) {
	output, theirs, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	if err := w.conn.Send([]byte{given}, plain.FD(theirs.Fd())); err != nil {
		output.Close()
		return nil, err
	}
	return output, nil
}

// readAll reads output to its end, keeps as much as limit allows, and closes it.
func readAll(output *os.File, limit int) (kept []byte) {
	defer output.Close()
	buf := make([]byte, 4096)
	for {
		n, err := output.Read(buf)
		kept = add(kept, buf[:n], limit)
		if err != nil {
			return kept
		}
	}
}

func add(kept, more []byte, limit int) []byte {
	return append(kept, more[:min(len(more), max(limit-len(kept), 0))]...)
}
