// Package resident lets a program that is started for one job do further jobs
// of its kind, so that a spawner saves the starts. To everybody else it is the
// same program: the first job comes as arguments and descriptors 0, 1 and 2 as
// ever, and a program that knows nothing of this package is started for each
// job.
//
// A spawner that would like the program to stay names its file in the
// environment and passes a socket as descriptor 3. Over it the program answers
// each job and is sent the next: the arguments, with the descriptor for input.
// An answer has the job's number, counted from 1, the exit code, and what the
// job says; nothing for the first job, which has said it on its descriptors. A
// job that starts programs of its own asks for a descriptor for their output:
// the write end of a pipe that the spawner reads to its end, as it does for the
// first job, because what they leave running may go on to write.
package resident

import "encoding/binary"

// variable tells a program that it may stay, if it is the file of this ID and
// speaks this version of the protocol: the two ends may be replaced one by one.
const (
	variable = "QMAILKIT_RESIDENT"
	version  = "3:"
)

// socketFD is the descriptor of the socket in the program.
const socketFD = 3

// What a program says of a job begins with one of these, the job's number, the
// exit code and, in two bytes, the length of the text that follows.
const (
	saysDone  = 'd'
	saysGive  = 'g' // it asks for a descriptor: no code, no text
	replySize = 5
	maxText   = 1<<16 - 1
)

// given is what a descriptor comes with that was asked for.
const given = 'o'

func appendReply(b []byte, says byte, job, code int, text string) []byte {
	b = binary.BigEndian.AppendUint16(append(b, says, byte(job), byte(code)), uint16(len(text)))
	return append(b, text...)
}
