package main

import (
	"errors"
	"net"
	"time"

	"qmailkit/internal/rcptcheck"
)

const (
	maxClients = 512             // connections at once; more of them wait
	maxLookups = 32              // recipients that are looked for at once
	patience   = 5 * time.Second // for an answer; and for a client to put its question
	retryPause = 100 * time.Millisecond
)

// server answers many clients at once, one question each.
type server struct {
	judge    func(recipient string) rcptcheck.Verdict
	patience time.Duration
	clients  chan struct{} // one for each connection
	lookups  chan struct{} // one for each lookup; one that hangs keeps its own
}

func newServer(judge func(string) rcptcheck.Verdict) *server {
	return &server{judge, patience, make(chan struct{}, maxClients), make(chan struct{}, maxLookups)}
}

// serve runs until the listener is closed.
func (s *server) serve(listener net.Listener) {
	for {
		s.clients <- struct{}{}
		conn, err := listener.Accept()
		if err == nil {
			go func() {
				s.answer(conn)
				<-s.clients
			}()
			continue
		}
		<-s.clients
		if errors.Is(err, net.ErrClosed) {
			return
		}
		time.Sleep(retryPause)
	}
}

func (s *server) answer(conn net.Conn) {
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(s.patience))
	recipient, err := rcptcheck.ReadQuestion(conn)
	if err != nil {
		return
	}
	verdict := s.lookup(recipient)
	conn.SetDeadline(time.Now().Add(s.patience))
	conn.Write([]byte{byte(verdict)})
}

// lookup does not wait for a file system that is out of reach.
func (s *server) lookup(recipient string) rcptcheck.Verdict {
	late := time.NewTimer(s.patience)
	defer late.Stop()
	select {
	case s.lookups <- struct{}{}:
	case <-late.C:
		return rcptcheck.Unknown
	}
	found := make(chan rcptcheck.Verdict, 1)
	go func() {
		found <- s.judge(recipient)
		<-s.lookups
	}()
	select {
	case v := <-found:
		return v
	case <-late.C:
		return rcptcheck.Unknown
	}
}
