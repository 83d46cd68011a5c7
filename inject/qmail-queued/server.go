package main

import (
	"bufio"
	"errors"
	"net"
	"os"
	"sync"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/internal/queue"
	"qmailkit/internal/queuewire"
	"qmailkit/internal/sys"
	"qmailkit/internal/trigger"
)

const (
	maxClients = 2000 // connections at once; more are refused
	maxOfUser  = 100  // of one user who is none of qmail's own; more are refused
	retryPause = 100 * time.Millisecond

	// lifetime is how long a client may take, as qmail-queue lets it: well
	// below the 36 hours after which its files are taken for left over.
	lifetime = 24 * time.Hour

	// leave is how long clients have at the end to finish what they began.
	leave = 10 * time.Second

	bufferSize = 32 << 10
	maxNumber  = 1 << 30
)

// server takes many messages at once.
type server struct {
	queue   *queue.Queue
	origins *ids.Origins
	now     func() time.Time
	ofUser  int // maxOfUser, where there is more than one user
	group   sync.WaitGroup
	buffers sync.Pool

	mu     sync.Mutex // guards what follows
	number int        // of the last message, for log lines; it counts on from the process's
	users  map[uint32]int
	conns  map[*net.UnixConn]struct{}
}

func newServer(q *queue.Queue, origins *ids.Origins, single bool, p *cmd.Proc) *server {
	ofUser := maxOfUser
	if single {
		ofUser = maxClients
	}
	return &server{
		ofUser: ofUser, queue: q, origins: origins, now: p.Now, number: p.Pid,
		users: make(map[uint32]int), conns: make(map[*net.UnixConn]struct{}),
		buffers: sync.Pool{New: func() any { return bufio.NewReaderSize(nil, bufferSize) }},
	}
}

// serve runs until the listener is closed.
func (s *server) serve(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		switch {
		case err == nil:
			s.accept(conn.(*net.UnixConn))
		case errors.Is(err, net.ErrClosed):
			return
		default:
			time.Sleep(retryPause)
		}
	}
}

// accept begins to hear a client, or says that it will not.
func (s *server) accept(conn *net.UnixConn) {
	uid, ok := peer(conn)
	if !ok || !s.enter(conn, uid) {
		conn.Write(queuewire.Answer(queue.CodeRefused, 0))
		conn.Close()
		return
	}
	s.group.Go(func() {
		s.client(conn, uid)
		s.exit(conn, uid)
		conn.Close()
	})
}

// drain waits for the clients that are there, for a while; then for what they
// have half sent to be taken back.
func (s *server) drain() {
	done := make(chan struct{})
	go func() {
		s.group.Wait()
		close(done)
	}()
	for range 2 {
		select {
		case <-done:
			return
		case <-time.After(leave):
			s.interrupt()
		}
	}
}

// interrupt has nothing more be heard of the clients.
func (s *server) interrupt() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		conn.SetReadDeadline(time.Unix(1, 0))
	}
}

// client takes the one message of a connection.
func (s *server) client(conn *net.UnixConn, uid uint32) {
	in := s.buffers.Get().(*bufio.Reader)
	in.Reset(conn)
	defer s.buffers.Put(in)
	number := s.next()
	_, err := s.queue.Add(&queue.Submission{
		Message: queuewire.NewMessage(in), Envelope: in, Origin: s.origins.Of(uid), UID: uid, PID: number, Now: s.now(),
		Crowded: s.crowded(),
	})
	code := queue.Code(err)
	switch {
	case err == nil:
		trigger.Pull(s.queue.Root)
	case errors.Is(err, os.ErrDeadlineExceeded):
		code = queue.CodeTimeout
	}
	conn.Write(queuewire.Answer(code, number))
}

func peer(conn *net.UnixConn) (uid uint32, ok bool) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return 0, false
	}
	err = raw.Control(func(fd uintptr) {
		var who sys.Peer
		who, ok = sys.SocketPeer(int(fd))
		uid = who.UID
	})
	return uid, ok && err == nil
}

// crowded tells whether there are other clients.
func (s *server) crowded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns) > 1
}

// next gives a message its number. It goes into the name of a file in pid, so
// no two messages of a second may have the same.
func (s *server) next() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number = s.number%maxNumber + 1
	return s.number
}

// enter counts a client. A user who holds many connections cannot take them
// from everybody.
func (s *server) enter(conn *net.UnixConn, uid uint32) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.conns) >= maxClients || s.users[uid] >= s.ofUser && !s.origins.Special(uid) {
		return false
	}
	s.users[uid]++
	s.conns[conn] = struct{}{}
	conn.SetDeadline(time.Now().Add(lifetime))
	return true
}

func (s *server) exit(conn *net.UnixConn, uid uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[uid]--; s.users[uid] == 0 {
		delete(s.users, uid)
	}
	delete(s.conns, conn)
}
