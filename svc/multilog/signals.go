package main

import (
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
)

// signals remembers what has been asked for by TERM and ALRM. The pipe wakes
// the reading of lines, which alone acts on them.
type signals struct {
	term, alarm atomic.Bool
	wake        *os.File // readable after a signal
	write       *os.File
	caught      chan os.Signal
}

func catch() (*signals, error) {
	r, w, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	s := &signals{wake: r, write: w, caught: make(chan os.Signal, 16)}
	signal.Notify(s.caught, syscall.SIGTERM, syscall.SIGALRM)
	go func() {
		for c := range s.caught {
			s.hear(c)
		}
	}()
	return s, nil
}

func (s *signals) hear(c os.Signal) {
	if c == syscall.SIGTERM {
		s.term.Store(true)
	} else {
		s.alarm.Store(true)
	}
	s.write.Write([]byte{0})
}

// heard takes a wake-up out of the pipe.
func (s *signals) heard() {
	var b [1]byte
	s.wake.Read(b[:])
}

func (s *signals) stop() {
	signal.Stop(s.caught)
	close(s.caught)
	s.wake.Close()
	s.write.Close()
}
