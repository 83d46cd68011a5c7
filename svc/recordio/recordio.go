package main

import (
	"bytes"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/svc"
)

// most is how much of a line is logged in one piece, in bytes: a log line
// stays whole among those of others.
const most = 256

// Run becomes the program that its arguments name; a process beside it copies
// its input and output, and logs them on standard error.
func Run(p *cmd.Proc) error {
	return svc.Beside(p, most, func(way svc.Way, pid string, piece []byte) []byte {
		mark := pid + " < "
		if way == svc.Out {
			mark = pid + " > "
		}
		if len(piece) == 0 {
			plain.Write(p.Stderr, []byte(mark+"[EOF]\n"))
		}
		for _, line := range lines(mark, piece) {
			plain.Write(p.Stderr, line) // what cannot be logged is copied all the same
		}
		return piece
	})
}

// lines returns the log lines for what was read at once.
func lines(mark string, b []byte) (list [][]byte) {
	for len(b) > 0 {
		text, rest, whole := bytes.Cut(b, []byte{'\n'})
		line := append([]byte(mark), text...)
		if whole {
			line = append(line, " \n"...)
		} else {
			line = append(line, "+\n"...)
		}
		list = append(list, line)
		b = rest
	}
	return list
}
