package listen

import (
	"os"
	"sync"
	"time"

	"qmailkit/internal/stay"
	"qmailkit/internal/sys"
)

const (
	maxIdle  = 40               // programs that stay without a connection
	idleTime = 10 * time.Second // for so long
	maxEach  = 1000             // connections of one program
)

// keeper keeps programs that stay (package stay) for further connections. What
// they do and where they run is settled by the server that started them: they
// differ from a new one in nothing but what they have served before.
type keeper struct {
	path string // of the program's file

	mu   sync.Mutex
	idle []*kept // those used last at the end
}

// kept is a program that was started and may stay.
type kept struct {
	id     string // of its file
	pid    int
	socket *os.File
	served int       // connections it has been given
	since  time.Time // when it became idle
}

// take returns an idle program of the file as it is now, or nil. What has been
// replaced goes.
func (k *keeper) take(id string) *kept {
	k.mu.Lock()
	defer k.mu.Unlock()
	for n := len(k.idle); n > 0; n = len(k.idle) {
		w := k.idle[n-1]
		if k.idle = k.idle[:n-1]; w.id == id {
			return w
		}
		w.socket.Close()
	}
	return nil
}

// give takes a program back for a while.
func (k *keeper) give(w *kept) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.idle) >= maxIdle || w.served >= maxEach {
		w.socket.Close()
		return
	}
	w.since = time.Now()
	k.idle = append(k.idle, w)
	if len(k.idle) == 1 {
		time.AfterFunc(idleTime, k.expire)
	}
}

// expire lets go those that were idle for too long.
func (k *keeper) expire() {
	k.mu.Lock()
	defer k.mu.Unlock()
	now, n := time.Now(), 0
	for n < len(k.idle) && now.Sub(k.idle[n].since) >= idleTime {
		k.idle[n].socket.Close()
		n++
	}
	if k.idle = k.idle[n:]; len(k.idle) > 0 {
		time.AfterFunc(idleTime, k.expire)
	}
}

// again has an idle program serve the connection. It is false when there is
// none.
func (c *Conn) again(k *keeper, id string, ended func()) bool {
	s := c.server
	for w := k.take(id); w != nil; w = k.take(id) {
		w.served++
		send := func() error { return stay.Send(w.socket, s.Program[1:], c.Env.Of(s.P.Env), c.FD) }
		if s.pool.Again(w.pid, send, c.lines(w.pid, "ok", ""), ended) {
			go k.follow(s.pool, w)
			return true
		}
		w.socket.Close()
	}
	return false
}

// follow waits until a program has served its connection. One that does not
// tell has ended, and the pool will know, or has become another and ends later.
func (k *keeper) follow(pool *Pool, w *kept) {
	code, ok := stay.Answer(w.socket, w.served)
	if !ok || !pool.Served(w.pid, code, func() { k.give(w) }) {
		w.socket.Close()
	}
}

// startKept is run for a program that may stay.
func (c *Conn) startKept(k *keeper, id string, env []string, fds []uintptr, ended func()) error {
	ours, theirs, err := sys.SocketPair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	w := &kept{id: id, socket: ours, served: 1}
	if w.pid, err = c.run(append(env, stay.Invite(id)), append(fds, theirs.Fd()), ended); err != nil {
		ours.Close()
		return err
	}
	go k.follow(c.server.pool, w)
	return nil
}
