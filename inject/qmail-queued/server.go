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
	conns  map[*net.UnixConn]bool // whether they are at a message
	busy   int                    // how many are
	ending bool                   // no message is begun any more
}

func newServer(q *queue.Queue, origins *ids.Origins, single bool, p *cmd.Proc) *server {
	ofUser := maxOfUser
	if single {
		ofUser = maxClients
	}
	return &server{
		ofUser: ofUser, queue: q, origins: origins, now: p.Now, number: p.Pid,
		users: make(map[uint32]int), conns: make(map[*net.UnixConn]bool),
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
// have half sent to be taken back. Those that are between two messages have to go
// at once.
func (s *server) drain() {
	s.interrupt(false)
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
			s.interrupt(true)
		}
	}
}

// interrupt has nothing more be heard of the clients that are between two messages,
// or of all of them.
func (s *server) interrupt(all bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ending = true
	for conn, busy := range s.conns {
		if all || !busy {
			conn.SetReadDeadline(time.Unix(1, 0))
		}
	}
}

// client takes the messages of a connection.
func (s *server) client(conn *net.UnixConn, uid uint32) {
	in := s.buffers.Get().(*bufio.Reader)
	in.Reset(conn)
	defer s.buffers.Put(in)
	for s.message(conn, in, uid) && s.pause(conn) {
		if _, err := in.Peek(1); err != nil {
			return
		}
		s.resume(conn)
	}
}

// message takes one message. It tells whether the client has another.
func (s *server) message(conn *net.UnixConn, in *bufio.Reader, uid uint32) (again bool) {
	number := s.next()
	_, err := s.queue.Add(&queue.Submission{
		Message: queuewire.NewMessage(in), Envelope: in, Origin: s.origins.Of(uid), UID: uid, PID: number, Now: s.now(),
		Crowded: s.crowded(),
	})
	code := queue.Code(err)
	switch {
	case err == nil:
		trigger.Pull(s.queue.Root)
		again = wantsAgain(in)
	case errors.Is(err, os.ErrDeadlineExceeded):
		code = queue.CodeTimeout
	}
	said := queuewire.Answer(code, number)
	if again {
		said = append(said, queuewire.Again)
	}
	_, err = conn.Write(said)
	return again && err == nil
}

// wantsAgain tells whether a client has said behind its message that it has more.
// One whose word is still on its way comes anew.
func wantsAgain(in *bufio.Reader) bool {
	in.Discard(1) // the NUL that ends the envelope
	if in.Buffered() == 0 {
		return false
	}
	word, err := in.ReadByte()
	return err == nil && word == queuewire.Again
}

// pause is between two messages. It is false at the end.
func (s *server) pause(conn *net.UnixConn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy--
	s.conns[conn] = false
	return !s.ending
}

// resume begins a message, which has the time of any other.
func (s *server) resume(conn *net.UnixConn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy++
	s.conns[conn] = true
	conn.SetDeadline(time.Now().Add(lifetime))
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

// crowded tells whether there are other messages.
func (s *server) crowded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.busy > 1
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
	s.conns[conn] = true
	s.busy++
	conn.SetDeadline(time.Now().Add(lifetime))
	return true
}

func (s *server) exit(conn *net.UnixConn, uid uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users[uid]--; s.users[uid] == 0 {
		delete(s.users, uid)
	}
	if s.conns[conn] {
		s.busy--
	}
	delete(s.conns, conn)
}
