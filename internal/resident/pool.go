package resident

import (
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/request"
)

const (
	maxIdle  = 60               // programs that stay without a job: more than are at work at once, as a rule
	idleTime = 10 * time.Second // for so long
	maxJobs  = 1000             // of one program: what it may have left open, it closes in the end
)

// Pool starts one program for jobs and keeps those that stay. Its fields may be
// set before its first use; many goroutines may use it then.
type Pool struct {
	// Quick is how many jobs of a user may be under way that do not take long;
	// further ones wait for one of these to end. 0 is 1.
	Quick int
	// Limit is how much is kept of what a job says, in bytes.
	Limit int
	// Stderr takes what programs say on descriptor 2 in a job that they are
	// started for. Where it is nil that is kept as what they say on 1.
	Stderr *os.File

	mu     sync.Mutex
	id     string    // of the file that was asked for last
	leaves string    // the ID of one that never stays
	idle   []*worker // those used last at the end
	crowds map[who]*crowd
	closed bool
}

func (pool *Pool) most() int { return max(pool.Quick, 1) }

// Do has a program do a job: one whose file's ID is id and that runs as user,
// if one of them is idle or comes to be soon, or a new one that is started as
// argv on p's environment and folder. Its descriptor 0 is in; where that is
// negative there is nothing to read. A program of the
// ID "" never stays. A nil user is this process's own. It returns what was said
// and the exit code. Its error is a *StartError or a *PipeError where nothing
// was started; any other is that of a program that has not done its job, as
// child.ErrCrashed is.
func (pool *Pool) Do(p *cmd.Proc, user *syscall.Credential, id string, argv []string, in plain.FD) (said []byte, code int, err error) {
	var as who
	if user != nil {
		as = who{user.Uid, user.Gid}
	}
	job, err := request.Make(argv[1:])
	if err != nil {
		id = ""
	}
	t, w := pool.begin(as, id)
	for w != nil {
		w.jobs++
		if w.conn.Send(job, in) == nil {
			return pool.finish(t, w, nil)
		}
		w.release()
		pool.mu.Lock()
		w = pool.take(as, id)
		pool.mu.Unlock()
	}
	w, output, err := pool.start(p, user, id, argv, in)
	if err != nil {
		pool.end(t, false)
		return nil, 0, err
	}
	return pool.finish(t, w, output)
}

// take returns an idle program of the ID and user, if there is one. What has
// another ID goes, for its file has been replaced, and so does what has ended.
func (pool *Pool) take(user who, id string) *worker {
	if id == "" {
		return nil
	}
	pool.id = id
	pool.idle = slices.DeleteFunc(pool.idle, func(w *worker) bool {
		other := w.id != id || w.gone()
		if other {
			w.release()
		}
		return other
	})
	for i := len(pool.idle) - 1; i >= 0; i-- {
		if w := pool.idle[i]; w.who == user {
			pool.idle = slices.Delete(pool.idle, i, i+1)
			return w
		}
	}
	return nil
}

// expire lets go those that were idle for too long.
func (pool *Pool) expire() {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	now := time.Now()
	pool.idle = slices.DeleteFunc(pool.idle, func(w *worker) bool {
		old := now.Sub(w.since) >= idleTime
		if old {
			w.release()
		}
		return old
	})
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
