package main

import (
	"bufio"
	"io"
	"os"
	"sync"

	"qmailkit/internal/child"
	"qmailkit/internal/program"
	"qmailkit/internal/users"
)

// maxAnswer bounds what a qmail-getpw that does not serve may say.
const maxAnswer = 1 << 20

// maxIdle is how many serving processes of qmail-getpw are kept. When many
// deliveries begin at once as many questions are asked at once: with less than
// these a process is started for most of them.
const maxIdle = 20

// helper is a qmail-getpw that goes on answering (users.GetpwServe).
type helper struct {
	id        string // of its program
	process   *running
	questions *os.File
	answers   *bufio.Reader
}

// end lets the process go and returns its exit code.
func (h *helper) end() (code int, ok bool) {
	h.questions.Close()
	return h.process.wait()
}

// helpers are those that wait for a question.
type helpers struct {
	mu   sync.Mutex
	idle []*helper
}

func (l *helpers) take() *helper {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.idle) == 0 {
		return nil
	}
	h := l.idle[len(l.idle)-1]
	l.idle = l.idle[:len(l.idle)-1]
	return h
}

// give takes a helper back. Not many are kept.
func (l *helpers) give(h *helper) {
	l.mu.Lock()
	if len(l.idle) < maxIdle {
		l.idle, h = append(l.idle, h), nil
	}
	l.mu.Unlock()
	if h != nil {
		h.end()
	}
}

func (l *helpers) end() {
	for h := l.take(); h != nil; h = l.take() {
		h.end()
	}
}

// ask asks qmail-getpw, which runs without any rights, for the user in charge
// of box. A process that is there already is asked only if it is of the very
// program that would be run now.
func (s *spawner) ask(box string) (answer []byte, code int) {
	id := program.ID(s.proc.InHome(getpw))
	if len(box) >= users.MaxGetpwBox {
		return s.run(box, id)
	}
	for h := s.helpers.take(); h != nil; h = s.helpers.take() {
		if h.id == id {
			if _, err := h.questions.WriteString(box + "\x00"); err == nil {
				answer, code, err := users.ReadReply(h.answers)
				if err == nil {
					s.helpers.give(h)
					return answer, code
				}
			}
		}
		h.end()
	}
	return s.run(box, id)
}

// run starts a qmail-getpw, takes its answer, and keeps it if it serves.
func (s *spawner) run(box, id string) (answer []byte, code int) {
	in, questions, err := os.Pipe()
	if err != nil {
		return nil, users.CodeSystem
	}
	answers, out, err := os.Pipe()
	if err != nil {
		in.Close()
		questions.Close()
		return nil, users.CodeSystem
	}
	proc, err := child.StartAs(s.inHome(), s.credential(s.asker, s.nofiles), []string{getpw, box, users.GetpwServe}, in, out, s.proc.Stderr)
	in.Close()
	out.Close()
	if err != nil {
		questions.Close()
		answers.Close()
		return nil, users.CodeGetpw
	}
	h := &helper{process: &running{proc, answers}, questions: questions, answers: bufio.NewReader(answers)}
	if first, err := h.answers.Peek(1); err != nil || first[0] != 0 {
		return h.once()
	}
	return s.begin(h, id)
}

// once takes the answer of a qmail-getpw that does not serve.
func (h *helper) once() (answer []byte, code int) {
	answer, err := io.ReadAll(io.LimitReader(h.answers, maxAnswer))
	code, ok := h.end()
	if !ok || err != nil {
		return nil, users.CodeSystem
	}
	return answer, code
}

// begin takes the first answer of a qmail-getpw that serves. It is kept only
// if it is the program id itself: a program in its place that runs it has
// reasons of its own for each address.
func (s *spawner) begin(h *helper, id string) (answer []byte, code int) {
	h.answers.ReadByte()
	own, err := h.answers.ReadSlice(0)
	if err == nil {
		h.id = string(own[:len(own)-1])
		answer, code, err = users.ReadReply(h.answers)
	}
	if err != nil {
		h.end()
		return nil, users.CodeSystem
	}
	if h.id == "" || h.id != id {
		h.end()
		return answer, code
	}
	s.helpers.give(h)
	return answer, code
}
