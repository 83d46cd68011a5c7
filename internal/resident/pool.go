package resident

import (
	"io"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
)

const (
	maxIdle  = 40               // programs that stay without a job
	idleTime = 10 * time.Second // for so long
	maxJobs  = 1000             // of one program: what it may have left open, it closes in the end

	// grace is how long a program that is let go has to end. It has no job any
	// more; one that does not end has been stopped, or worse, by what its user runs.
	grace = 10 * time.Second
)

// Pool starts programs for jobs and keeps those that stay. The zero Pool is
// ready; many goroutines may use it at once.
type Pool struct {
	mu     sync.Mutex
	idle   []*worker // those used last at the end
	closed bool
}

// worker is a program that was started.
type worker struct {
	id     string // of its file; "" for one that is not to stay
	uid    uint32 // whom it runs as, 0 for this process's own user
	gid    uint32
	socket *os.File
	proc   *os.Process
	jobs   int           // it has been given
	exited chan struct{} // closed when the process has ended
	code   int           // valid then, as the next
	err    error
	since  time.Time // when it became idle
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
	w.socket.Close()
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

// Job is a job under way.
type Job struct {
	pool *Pool
	w    *worker
}

// Start has a program do a job: one whose file's ID is id and that runs as
// user, if one of them is idle, or a new one that is started as argv on p's
// environment and folder. Its descriptors 0 to 2 are in, out and out. A program
// of the ID "" never stays. A nil user is this process's own. Errors are those
// of child.StartAs.
func (pool *Pool) Start(p *cmd.Proc, user *syscall.Credential, id string, argv []string, in, out *os.File) (*Job, error) {
	if id != "" {
		request := appendJob(nil, argv[1:])
		for len(request) <= 4+maxJob {
			w := pool.take(id, user)
			if w == nil {
				break
			}
			w.jobs++
			if sys.SendFiles(w.socket, request, in, out) == nil {
				return &Job{pool, w}, nil
			}
			w.release()
		}
	}
	w, err := start(p, user, id, argv, in, out)
	if err != nil {
		return nil, err
	}
	return &Job{pool, w}, nil
}

func start(p *cmd.Proc, user *syscall.Credential, id string, argv []string, in, out *os.File) (*worker, error) {
	w := &worker{id: id, jobs: 1, exited: make(chan struct{})}
	if user != nil {
		w.uid, w.gid = user.Uid, user.Gid
	}
	files := []*os.File{in, out, out}
	world := *p
	if id != "" {
		ours, theirs, err := sys.SocketPair()
		if err != nil {
			return nil, err
		}
		defer theirs.Close()
		w.socket = ours
		files = append(files, theirs)
		world.Setenv(variable, version+id)
	}
	proc, err := child.StartAs(&world, user, argv, files...)
	if err != nil {
		if w.socket != nil {
			w.socket.Close()
		}
		return nil, err
	}
	w.proc = proc
	go func() {
		w.code, w.err = child.Wait(proc)
		close(w.exited)
	}()
	return w, nil
}

// Wait returns the exit code of the job, as child.Wait does of a process. A
// program that ends instead of answering has crashed, whatever its exit code,
// unless the job was the one that it was started for: a foreign program knows
// no other answer.
func (j *Job) Wait() (code int, err error) {
	w := j.w
	if w.socket == nil {
		<-w.exited
		return w.code, w.err
	}
	answer := make(chan int, 1)
	go func() {
		var b [answerSize]byte
		if _, err := io.ReadFull(w.socket, b[:]); err == nil && b[0] == byte(w.jobs) {
			answer <- int(b[1])
		}
		close(answer)
	}()
	select {
	case code, stays := <-answer:
		if stays {
			j.pool.give(w)
			return code, nil
		}
		// Nobody talks like that who stays. A foreign program may take its
		// time for its job; one of ours has none.
		if w.jobs > 1 {
			w.release()
		} else {
			w.socket.Close()
		}
		<-w.exited
	case <-w.exited:
		// It may have answered before it ended. What it has started may still
		// hold the socket, and will not answer.
		w.socket.SetReadDeadline(time.Now().Add(time.Second))
		if code, stays := <-answer; stays {
			w.socket.Close()
			return code, nil
		}
	}
	w.socket.Close()
	if w.jobs > 1 && w.err == nil {
		return 0, child.ErrCrashed
	}
	return w.code, w.err
}

// take returns an idle program of the ID and user, if there is one. What has
// another ID goes, for its file has been replaced, and so does what has ended.
func (pool *Pool) take(id string, user *syscall.Credential) *worker {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	pool.idle = slices.DeleteFunc(pool.idle, func(w *worker) bool {
		other := w.id != id || w.gone()
		if other {
			w.release()
		}
		return other
	})
	for i := len(pool.idle) - 1; i >= 0; i-- {
		if w := pool.idle[i]; w.runsAs(user) {
			pool.idle = slices.Delete(pool.idle, i, i+1)
			return w
		}
	}
	return nil
}

func (w *worker) runsAs(user *syscall.Credential) bool {
	if user == nil {
		return w.uid == 0 && w.gid == 0
	}
	return w.uid == user.Uid && w.gid == user.Gid
}

// give takes a program back, for a while.
func (pool *Pool) give(w *worker) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	if pool.closed || len(pool.idle) >= maxIdle || w.jobs >= maxJobs {
		w.release()
		return
	}
	w.since = time.Now()
	pool.idle = append(pool.idle, w)
	if len(pool.idle) == 1 {
		time.AfterFunc(idleTime, pool.expire)
	}
}

// expire lets go those that were idle for too long.
func (pool *Pool) expire() {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	now, n := time.Now(), 0
	for n < len(pool.idle) && now.Sub(pool.idle[n].since) >= idleTime {
		pool.idle[n].release()
		n++
	}
	pool.idle = pool.idle[n:]
	if len(pool.idle) > 0 {
		time.AfterFunc(idleTime, pool.expire)
	}
}

// Close lets all idle programs go; those at work go after it.
func (pool *Pool) Close() {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	pool.closed = true
	for _, w := range pool.idle {
		w.release()
	}
	pool.idle = nil
}
