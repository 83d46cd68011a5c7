// Package resident lets a program that is started for one job do further jobs
// of its kind, so that a spawner saves the starts. To everybody else it is the
// same program: the first job comes as arguments and descriptors 0, 1 and 2 as
// ever, and a program that knows nothing of this package is started for each
// job.
//
// A spawner that would like the program to stay names its file in the
// environment and passes a socket as descriptor 3. Over it the program answers
// each job with two bytes, the job's number, counted from 1, and the exit code,
// and is sent the next: the arguments, with the descriptors for input and
// output.
package resident

import (
	"encoding/binary"
	"errors"
	"strings"
)

// variable tells a program that it may stay, if it is the file of this ID and
// speaks this version of the protocol: the two ends may be replaced one by one.
const (
	variable = "QMAILKIT_RESIDENT"
	version  = "2:"
)

// socketFD is the descriptor of the socket in the program.
const socketFD = 3

// answerSize is the length of an answer, in bytes.
const answerSize = 2

// maxJob bounds the arguments of a job that is sent, in bytes with their NULs.
const maxJob = 32 << 10

// ErrJob is something that no spawner sends.
var ErrJob = errors.New("not a job")

// appendJob adds a job to b: a length of four bytes, and the arguments, each
// ended by a NUL.
func appendJob(b []byte, args []string) []byte {
	text := strings.Join(args, "\x00") + "\x00"
	b = binary.BigEndian.AppendUint32(b, uint32(len(text)))
	return append(b, text...)
}

// jobLength reads the length that a job begins with.
func jobLength(b []byte) (int, error) {
	n := binary.BigEndian.Uint32(b)
	if n > maxJob {
		return 0, ErrJob
	}
	return int(n), nil
}

// parseJob reads the arguments behind the length.
func parseJob(b []byte) ([]string, error) {
	text, ok := strings.CutSuffix(string(b), "\x00")
	if !ok {
		return nil, ErrJob
	}
	return strings.Split(text, "\x00"), nil
}
