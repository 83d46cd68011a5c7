package resident

import (
	"errors"
	"io"
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/program"
	"qmailkit/internal/request"
	"qmailkit/internal/sys"
)

// Files are a job's descriptors.
type Files struct {
	Input plain.FD // closed after the job; -1 where there is none

	// Output returns those for what programs say that the job starts. It may be
	// called several times.
	Output func() (stdout, stderr *os.File, err error)
}

// Answer is how a job ends.
type Answer struct {
	Code   int    // the exit code
	Stdout string // what it says on each
	Stderr string
}

// Serve does the job that p was started for, which end then finishes as a
// program does that does not stay, and then those that its spawner sends, if
// that wants p to stay. Each of these gets a Proc of its own, without files.
func Serve(p *cmd.Proc, run func(*cmd.Proc, Files) Answer, end func(*cmd.Proc, Answer) error) error {
	first := func() error {
		output := func() (stdout, stderr *os.File, err error) { return p.Stdout, p.Stderr, nil }
		return end(p, run(p, Files{plain.FD(p.Stdin.Fd()), output}))
	}
	id := p.Getenv(variable)
	self, err := os.Executable()
	if id == "" || err != nil || version+program.ID(self) != id {
		return first()
	}
	p.Unsetenv(variable)
	conn, err := connect(p.FD(socketFD))
	if err != nil {
		return first()
	}
	code := p.End(first())
	if err := sys.ToNull(0, 1, 2); err != nil { // who reads the output must see its end
		return cmd.Silent(code)
	}
	s := &server{proc: p, conn: conn, run: run, buf: make([]byte, request.Size)}
	return s.serve(code)
}

// connect takes the socket that was passed. What jobs run has no part in it.
func connect(passed *os.File) (*plain.Conn, error) {
	defer passed.Close()
	return sys.Connect(passed)
}

// server is a program that stays.
type server struct {
	proc *cmd.Proc
	conn *plain.Conn
	run  func(*cmd.Proc, Files) Answer
	job  int // its number
	buf  []byte
}

// serve answers the first job, by its exit code, and does the others.
func (s *server) serve(code int) error {
	answer := Answer{Code: code}
	for s.job = 1; ; s.job++ {
		text := answer.Stdout + answer.Stderr
		text = text[:min(len(text), maxText)]
		if _, err := s.conn.Write(appendReply(nil, saysDone, s.job, answer.Code, text)); err != nil {
			return cmd.Silent(cmd.ExitTemporary)
		}
		args, input, err := s.receive()
		if err == io.EOF {
			return nil // the spawner has no more for us
		}
		if err != nil {
			return cmd.Silent(cmd.ExitTemporary)
		}
		answer = s.do(s.job+1, args, input)
	}
}

// do does the job of that number.
func (s *server) do(number int, args []string, input plain.FD) Answer {
	if input >= 0 {
		defer input.Close()
	}
	var out *os.File
	defer func() {
		if out != nil {
			out.Close() // or nobody would see its end
		}
	}()
	job := *s.proc
	job.Args, job.Stdin, job.Stdout, job.Stderr = args, nil, nil, nil
	return s.run(&job, Files{input, func() (stdout, stderr *os.File, err error) {
		if out == nil {
			out, err = s.output(number)
		}
		return out, out, err
	}})
}

var errNotGiven = errors.New("no descriptor was given")

// output asks for a descriptor.
func (s *server) output(number int) (*os.File, error) {
	if _, err := s.conn.Write(appendReply(nil, saysGive, number, 0, "")); err != nil {
		return nil, err
	}
	b := make([]byte, 1)
	_, files, err := s.conn.Receive(b)
	if err == nil && (b[0] != given || len(files) != 1) {
		err = errNotGiven
	}
	if err != nil {
		shut(files)
		return nil, err
	}
	return os.NewFile(uintptr(files[0]), "output"), nil
}

func shut(files []plain.FD) {
	for _, f := range files {
		f.Close()
	}
}

// receive reads a job with its descriptor, if it has one.
func (s *server) receive() (args []string, input plain.FD, err error) {
	n, files, err := s.conn.Receive(s.buf)
	if err == nil {
		args, err = request.Receive(s.conn, s.buf, n)
	}
	if err == nil && len(files) > 1 {
		err = request.Err
	}
	if err != nil {
		shut(files)
		return nil, 0, err
	}
	if len(files) == 0 {
		return args, -1, nil
	}
	return args, files[0], nil
}
