package conformance

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"qmailkit/internal/queuewire"
)

// standIn takes qmail-queued's place for a case in which it is to refuse
// messages: it keeps them where the stand-in for qmail-queue would, and answers
// with the exit codes that that would have.
type standIn struct {
	listener net.Listener
	socket   string
	cap      string
	code     int // where the file of exit codes has none
	group    sync.WaitGroup

	mu     sync.Mutex
	number int
	err    error
}

// standIn begins to stand in; qmail-queued's own socket waits beside it.
func (f *front) standIn(cap string, code int) (*standIn, error) {
	s := &standIn{socket: f.socket(), cap: cap, code: code}
	if err := os.Rename(s.socket, s.socket+".away"); err != nil {
		return nil, err
	}
	var err error
	if s.listener, err = net.Listen("unix", s.socket); err == nil {
		err = os.Chmod(s.socket, 0o666)
	}
	if err != nil {
		return nil, errors.Join(err, os.Rename(s.socket+".away", s.socket))
	}
	s.group.Go(func() {
		for {
			conn, err := s.listener.Accept()
			if err != nil {
				return
			}
			s.group.Go(func() {
				defer conn.Close()
				s.take(conn)
			})
		}
	})
	return s, nil
}

// end waits for those that are connected.
func (s *standIn) end() error {
	err := s.listener.Close()
	s.group.Wait()
	return errors.Join(s.err, err, os.Rename(s.socket+".away", s.socket))
}

// take keeps a message, if it is whole.
func (s *standIn) take(conn net.Conn) {
	in := bufio.NewReader(conn)
	mess, err := io.ReadAll(queuewire.NewMessage(in))
	if err != nil {
		return
	}
	var envelope []byte
	for {
		record, err := in.ReadBytes(0)
		if err != nil {
			return
		}
		envelope = append(envelope, record...)
		if len(record) == 1 {
			break
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.number++
	dir := filepath.Join(s.cap, strconv.Itoa(s.number))
	s.err = errors.Join(s.err, os.Mkdir(dir, 0o755), os.WriteFile(dir+"/mess", mess, 0o644), os.WriteFile(dir+"/env", envelope, 0o644))
	conn.Write(queuewire.Answer(s.exit(), s.number))
}

// exit is the code for the message that came last.
func (s *standIn) exit() int {
	text, _ := os.ReadFile(filepath.Join(s.cap, "exits"))
	if lines := strings.Fields(string(text)); s.number <= len(lines) {
		if code, err := strconv.Atoi(lines[s.number-1]); err == nil {
			return code
		}
	}
	return s.code
}
