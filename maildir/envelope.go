package maildir

import (
	"bufio"
	"io"
	"strings"
)

// Envelope is what the first two lines of a delivered message say of it.
type Envelope struct {
	Sender    string
	Recipient string
	Length    int64 // of those two lines, in bytes
}

// maxEnvelope bounds each of the lines, in bytes.
const maxEnvelope = 64 << 10

// ReadEnvelope reads the lines "Return-Path: <SENDER>" and "Delivered-To:
// RECIPIENT" that qmail-local begins a message with. ok is false for a message
// that begins otherwise, and for addresses that hold a NUL or a CR: no
// protocol could carry them.
func ReadEnvelope(r *bufio.Reader) (e Envelope, ok bool, err error) {
	var line [2]string
	for i := range line {
		if line[i], err = envelopeLine(r); err != nil || line[i] == "" {
			return e, false, err
		}
		e.Length += int64(len(line[i]))
	}
	sender, s := strings.CutPrefix(line[0], "Return-Path: <")
	sender, t := strings.CutSuffix(sender, ">\n")
	recipient, u := strings.CutPrefix(line[1], "Delivered-To: ")
	e.Sender, e.Recipient = sender, strings.TrimSuffix(recipient, "\n")
	return e, s && t && u && !strings.ContainsAny(e.Sender+e.Recipient, "\x00\r"), nil
}

// ReadRecipient reads the recipient in the second line, whatever stands in the
// first. ok is false where that line is another one.
func ReadRecipient(r *bufio.Reader) (recipient string, ok bool, err error) {
	line := ""
	for range 2 {
		if line, err = envelopeLine(r); err != nil || line == "" {
			return "", false, err
		}
	}
	if recipient, ok = strings.CutPrefix(line, "Delivered-To: "); !ok {
		return "", false, nil
	}
	return strings.TrimSuffix(recipient, "\n"), true, nil
}

// envelopeLine returns a line with its newline, "" for one that is too long or
// lacks it.
func envelopeLine(r *bufio.Reader) (string, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		line = append(line, part...)
		switch {
		case err == nil:
			return string(line), nil
		case err == io.EOF:
			return "", nil
		case err != bufio.ErrBufferFull:
			return "", err
		case len(line) > maxEnvelope:
			return "", nil
		}
	}
}
