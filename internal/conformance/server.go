package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"time"
)

// script is what one of a case's servers does to each connection.
type script struct {
	Script      []step
	Connections int
	At          string
}

// step is ["send", TEXT], ["line"], ["lines", N] ... of FORMAT.md.
type step struct {
	op   string
	text string
	n    int
}

func (s *step) UnmarshalJSON(data []byte) error {
	var parts []json.RawMessage
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	if len(parts) == 0 {
		return errors.New("an empty step")
	}
	if err := json.Unmarshal(parts[0], &s.op); err != nil || len(parts) == 1 {
		return err
	}
	if s.op == "send" {
		return json.Unmarshal(parts[1], &s.text)
	}
	return json.Unmarshal(parts[1], &s.n)
}

// server plays a script on loopback and keeps what it is sent.
type server struct {
	script   script
	listener *net.TCPListener
	done     chan struct{}

	mu   sync.Mutex
	seen []*[]string // by connection
}

const (
	acceptWait = 20 * time.Second // for a client to come
	peerWait   = 10 * time.Second // for its next byte
	finishWait = 3 * time.Second  // for a script to end after the command has
	lateWait   = 100 * time.Millisecond
)

func listen(sc script) (*server, error) {
	if sc.At == "" {
		sc.At = "127.0.0.1:0"
	}
	if sc.Connections == 0 {
		sc.Connections = 1
	}
	l, err := net.Listen("tcp", sc.At)
	if err != nil {
		return nil, err
	}
	sv := &server{script: sc, listener: l.(*net.TCPListener), done: make(chan struct{})}
	go sv.serve()
	return sv, nil
}

func (sv *server) port() string {
	return strconv.Itoa(sv.listener.Addr().(*net.TCPAddr).Port)
}

func (sv *server) serve() {
	defer close(sv.done)
	sv.listener.SetDeadline(time.Now().Add(acceptWait))
	for range sv.script.Connections {
		c, err := sv.listener.AcceptTCP()
		if err != nil {
			return
		}
		got := &[]string{}
		sv.mu.Lock()
		sv.seen = append(sv.seen, got)
		sv.mu.Unlock()
		sv.play(c, got)
	}
}

// finish ends the server and returns what each connection sent.
func (sv *server) finish() []any {
	// What has connected by now is still played; nobody else will come.
	sv.listener.SetDeadline(time.Now().Add(lateWait))
	select {
	case <-sv.done:
	case <-time.After(finishWait):
	}
	sv.listener.Close()
	sv.mu.Lock()
	defer sv.mu.Unlock()
	out := []any{}
	for _, got := range sv.seen {
		out = append(out, append([]string{}, *got...))
	}
	return out
}

func (sv *server) play(c *net.TCPConn, got *[]string) {
	r := bufio.NewReader(c)
	for _, st := range sv.script.Script {
		if st.op == "close" {
			break
		}
		c.SetDeadline(time.Now().Add(peerWait))
		if st.op == "send" {
			if _, err := c.Write(raw(st.text)); err != nil {
				break
			}
			continue
		}
		parts, err := st.read(r)
		sv.mu.Lock()
		for _, p := range parts {
			*got = append(*got, text(p))
		}
		sv.mu.Unlock()
		if err != nil {
			break
		}
	}
	c.CloseWrite()
	c.CloseRead()
	c.Close()
}

// read takes what the step asks for. A peer that hangs up ends a part early
// and is no error.
func (s step) read(r *bufio.Reader) (parts [][]byte, err error) {
	take := func(part []byte, err error) ([]byte, error) {
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			err = nil
		}
		if err == nil {
			parts = append(parts, part)
		}
		return part, err
	}
	switch s.op {
	case "line":
		_, err = take(r.ReadBytes('\n'))
	case "lines":
		for i := 0; i < s.n && err == nil; i++ {
			_, err = take(r.ReadBytes('\n'))
		}
	case "data":
		var line []byte
		for {
			line, err = take(r.ReadBytes('\n'))
			if err != nil || len(line) == 0 || bytes.Equal(line, []byte(".\r\n")) {
				break
			}
		}
	case "read":
		_, err = take(readN(r, s.n))
	case "netstring":
		var head []byte
		head, err = take(r.ReadBytes(':'))
		if err == nil {
			n, _ := strconv.Atoi(string(bytes.TrimSuffix(head, []byte(":"))))
			_, err = take(readN(r, n+1))
		}
	case "eof":
		_, err = take(io.ReadAll(r))
	default:
		err = errors.New("unknown step " + s.op)
	}
	return parts, err
}

func readN(r io.Reader, n int) ([]byte, error) {
	buf := make([]byte, n)
	n, err := io.ReadFull(r, buf)
	return buf[:n], err
}
