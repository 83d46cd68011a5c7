package users

import (
	"bufio"
	"errors"
)

// GetpwServe as qmail-getpw's second argument makes it go on after its first
// answer: it reads further addresses from its standard input, each ended by a
// NUL, until that ends. So qmail-lspawn needs no process for each delivery. A
// qmail-getpw that is not ours, which ignores the argument, answers once.
//
// What it prints then starts with a NUL, which no answer does, and its own
// file's id (package program), ended by a NUL. The rest is a code and, if that
// is 0, an answer for each address.
const GetpwServe = "--serve"

// MaxGetpwBox bounds the addresses that a serving qmail-getpw reads, in bytes.
const MaxGetpwBox = 4096

// ErrGetpw is something that a serving qmail-getpw does not say.
var ErrGetpw = errors.New("bad answer of qmail-getpw")

// maxAnswer bounds an answer, in bytes.
const maxAnswer = 1 << 20

// AppendReply adds a reply to b: the exit code that qmail-getpw would have,
// and for 0 what it would print.
func AppendReply(b []byte, code int, a Assignment) []byte {
	b = append(b, byte(code))
	if code == 0 {
		b = a.Append(b)
	}
	return b
}

// ReadReply reads what AppendReply has made.
func ReadReply(r *bufio.Reader) (answer []byte, code int, err error) {
	c, err := r.ReadByte()
	if err != nil || c != 0 {
		return nil, int(c), err
	}
	for range assignmentFields {
		for {
			c, err := r.ReadByte()
			if err != nil {
				return nil, 0, err
			}
			if answer = append(answer, c); len(answer) > maxAnswer {
				return nil, 0, ErrGetpw
			}
			if c == 0 {
				break
			}
		}
	}
	return answer, 0, nil
}
