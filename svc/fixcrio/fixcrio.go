package main

import (
	"bytes"

	"qmailkit/internal/cmd"
	"qmailkit/svc"
)

const pieceSize = 8192

// Run becomes the program that its arguments name; a process beside it puts a
// CR before each newline without one, both ways.
func Run(p *cmd.Proc) error {
	var last [2]byte // of each way
	return svc.Beside(p, pieceSize, func(way svc.Way, _ string, piece []byte) []byte {
		if len(piece) == 0 {
			return nil
		}
		before := last[way]
		last[way] = piece[len(piece)-1]
		return fixed(piece, before)
	})
}

// fixed returns b with the CRs; last is the byte before it.
func fixed(b []byte, last byte) []byte {
	out := make([]byte, 0, len(b)+bytes.Count(b, []byte{'\n'}))
	for _, c := range b {
		if c == '\n' && last != '\r' {
			out = append(out, '\r')
		}
		out = append(out, c)
		last = c
	}
	return out
}
