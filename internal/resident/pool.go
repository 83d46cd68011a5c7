package resident

import (
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
)

// maxIdle bounds how many programs stay without a job, and idleTime how long.
const (
	maxIdle  = 40
	idleTime = 10 * time.Second
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
	exited chan struct{} // closed when the process has ended
	code   int           // valid then, as the next
	err    error
	since  time.Time // when it became idle
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
			if sys.SendFiles(w.socket, request, in, out) == nil {
				return &Job{pool, w}, nil
			}
			w.socket.Close()
		}
	}
	w, err := start(p, user, id, argv, in, out)
	if err != nil {
		return nil, err
	}
	return &Job{pool, w}, nil
}

func start(p *cmd.Proc, user *syscall.Credential, id string, argv []string, in, out *os.File) (*worker, error) {
	w := &worker{id: id, exited: make(chan struct{})}
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
		world.Setenv(variable, id)
	}
	proc, err := child.StartAs(&world, user, argv, files...)
	if err != nil {
		if w.socket != nil {
			w.socket.Close()
		}
		return nil, err
	}
	go func() {
		w.code, w.err = child.Wait(proc)
		close(w.exited)
	}()
	return w, nil
}

// Wait returns the exit code of the job, as child.Wait does of a process.
func (j *Job) Wait() (code int, err error) {
	if j.w.socket == nil {
		<-j.w.exited
		return j.w.code, j.w.err
	}
	answer := make(chan int, 1)
	go func() {
		var b [1]byte
		if n, _ := j.w.socket.Read(b[:]); n == 1 {
			answer <- int(b[0])
		}
		close(answer)
	}()
	select {
	case code, stays := <-answer:
		if stays {
			j.pool.give(j.w)
			return code, nil
		}
		<-j.w.exited
	case <-j.w.exited:
		// It may have answered before it ended. What it has started may still
		// hold the socket, and will not answer.
		j.w.socket.SetReadDeadline(time.Now().Add(time.Second))
		if code, stays := <-answer; stays {
			j.w.socket.Close()
			return code, nil
		}
	}
	j.w.socket.Close()
	return j.w.code, j.w.err
}

// take returns an idle program of the ID and user, if there is one. What has
// another ID goes: its file has been replaced.
func (pool *Pool) take(id string, user *syscall.Credential) *worker {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	pool.idle = slices.DeleteFunc(pool.idle, func(w *worker) bool {
		if w.id != id {
			w.socket.Close()
		}
		return w.id != id
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
	if pool.closed || len(pool.idle) >= maxIdle {
		w.socket.Close()
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
		pool.idle[n].socket.Close()
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
		w.socket.Close()
	}
	pool.idle = nil
}
