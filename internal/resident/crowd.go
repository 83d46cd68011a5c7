package resident

import "time"

// A job that finds no program idle waits for one to come back: most jobs take
// less time than a start. One that takes longer than patience is slow, and does
// not count; beside those as many may be under way as Pool.Quick allows. So programs
// that all are slow come to be as many as there are jobs within moments, and
// those that are not stay few.
const patience = 10 * time.Millisecond

// who is whom a program runs as; 0 for both is this process's own user.
type who struct{ uid, gid uint32 }

// crowd is the jobs of one user.
type crowd struct {
	busy    map[*turn]time.Time // jobs under way, and when they began
	waiting []*turn             // the oldest first
	ticking bool
}

// turn is a job's. What it waits for comes over ready: a program that has come
// back, or nil, to start one.
type turn struct {
	who   who
	id    string
	ready chan *worker
}

// begin waits for a program of the ID that runs as user, if one may come back
// soon. If none is returned, one is to be started. Either is to be followed by
// end or give.
func (pool *Pool) begin(user who, id string) (*turn, *worker) {
	t := &turn{who: user, id: id}
	pool.mu.Lock()
	w := pool.take(user, id)
	c := pool.crowds[user]
	if c == nil {
		c = &crowd{busy: map[*turn]time.Time{}}
		if pool.crowds == nil {
			pool.crowds = map[who]*crowd{}
		}
		pool.crowds[user] = c
	}
	if w != nil || id == "" || id == pool.leaves || len(c.busy) == 0 {
		c.busy[t] = time.Now()
		pool.mu.Unlock()
		return t, w
	}
	t.ready = make(chan *worker, 1)
	c.waiting = append(c.waiting, t)
	pool.tick(c)
	pool.mu.Unlock()
	return t, <-t.ready
}

// tick looks after those that wait, in a moment.
func (pool *Pool) tick(c *crowd) {
	if c.ticking || len(c.waiting) == 0 {
		return
	}
	c.ticking = true
	time.AfterFunc(patience, func() {
		pool.mu.Lock()
		defer pool.mu.Unlock()
		c.ticking = false
		slow := 0
		now := time.Now()
		for _, since := range c.busy {
			if now.Sub(since) >= patience {
				slow++
			}
		}
		for more := pool.most() - (len(c.busy) - slow); more > 0 && len(c.waiting) > 0; more-- {
			c.next(nil)
		}
		pool.tick(c)
	})
}

// next lets the first of those that wait have its turn.
func (c *crowd) next(w *worker) {
	t := c.waiting[0]
	c.waiting = c.waiting[1:]
	c.busy[t] = time.Now()
	t.ready <- w
}

// end is the end of a turn whose program is not to be had any more. leaves tells
// that its like never stay.
func (pool *Pool) end(t *turn, leaves bool) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	if leaves {
		pool.leaves = t.id
	}
	if c := pool.left(t); len(c.waiting) > 0 {
		c.next(nil)
	}
}

func (pool *Pool) left(t *turn) *crowd {
	c := pool.crowds[t.who]
	delete(c.busy, t)
	if len(c.busy)+len(c.waiting) == 0 {
		delete(pool.crowds, t.who)
	}
	return c
}

// give is the end of a turn whose program can be had again, for a while.
func (pool *Pool) give(t *turn, w *worker) {
	pool.mu.Lock()
	defer pool.mu.Unlock()
	c := pool.left(t)
	w.since = time.Now()
	switch {
	case pool.closed || w.jobs >= maxJobs:
		w.release()
	case len(c.waiting) > 0 && c.waiting[0].id == w.id:
		c.next(w)
	case len(pool.idle) >= maxIdle || w.id != pool.id:
		w.release()
	default:
		pool.idle = append(pool.idle, w)
		if len(pool.idle) == 1 {
			time.AfterFunc(idleTime, pool.expire)
		}
	}
}
