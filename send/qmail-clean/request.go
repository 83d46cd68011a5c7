package main

import (
	"bufio"
	"bytes"

	"qmailkit/internal/queue"
)

// Bounds of a request, in bytes with the NUL that ends it.
const (
	minFrame = len("foop/1\x00")
	maxFrame = 100
)

// readFrame returns a request without its NUL, good until the next call. One
// that is too long is read to its end and returned cut, but still too long. A
// last one without its NUL is io.EOF: who wrote it may have meant more.
func readFrame(in *bufio.Reader) ([]byte, error) {
	frame, err := in.ReadSlice(0)
	if err == nil {
		return frame[:len(frame)-1], nil
	}
	if err != bufio.ErrBufferFull {
		return nil, err
	}
	for {
		c, err := in.ReadByte()
		if err != nil {
			return nil, err
		}
		if c == 0 {
			return make([]byte, maxFrame), nil
		}
	}
}

// another tells whether a request is there that need not be waited for.
func another(in *bufio.Reader) bool {
	waiting, _ := in.Peek(in.Buffered())
	return bytes.IndexByte(waiting, 0) >= 0
}

// parse reads a request, "foop/NUMBER" or "todo/NUMBER" to the letter, into
// the folders that the message's files are to be removed from, in order. Where
// todo is split, a request may name the part too: "todo/7/30".
func parse(q *queue.Queue, frame []byte) (folders []string, id queue.ID, ok bool) {
	if size := len(frame) + 1; size < minFrame || size > maxFrame {
		return nil, 0, false
	}
	word, number, _ := bytes.Cut(frame, []byte("/"))
	switch string(word) {
	case "foop": // a message that was never queued, or is done with
		folders = []string{"intd", "mess"}
	case "todo": // an envelope that was preprocessed
		folders = []string{"intd", "todo"}
	default:
		return nil, 0, false
	}
	if _, last, parted := bytes.Cut(number, []byte("/")); parted {
		id, ok = queue.ParseID(string(last))
		return folders, id, ok && q.SplitTodo && q.Rel("todo", id) == string(frame)
	}
	id, ok = queue.ParseID(string(number))
	return folders, id, ok
}
