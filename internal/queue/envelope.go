package queue

import (
	"bufio"
	"io"
)

// MaxAddress is the length of the longest address that the queue takes, with
// the NUL that ends it.
const MaxAddress = 1003

// copyEnvelope copies an envelope less the NUL that ends it. Its error is an
// *AddError.
func copyEnvelope(w *bufio.Writer, r *bufio.Reader) error {
	if err := copyRecord(w, r, 'F'); err != nil {
		return err
	}
	for {
		next, err := r.Peek(1)
		if err != nil {
			return unread(err)
		}
		if next[0] == 0 {
			return nil
		}
		if err := copyRecord(w, r, 'T'); err != nil {
			return err
		}
	}
}

// copyRecord copies a letter, which must be the given one, and an address.
func copyRecord(w *bufio.Writer, r *bufio.Reader, letter byte) error {
	c, err := r.ReadByte()
	if err != nil {
		return unread(err)
	}
	if c != letter {
		return failed(Format, nil)
	}
	w.WriteByte(c)
	for range MaxAddress {
		if c, err = r.ReadByte(); err != nil {
			return unread(err)
		}
		if err := w.WriteByte(c); err != nil {
			return writing(err)
		}
		if c == 0 {
			return nil
		}
	}
	return failed(Address, nil)
}

// writing is a failure to write, which may have been one to make the file.
func writing(err error) error {
	if _, is := err.(*AddError); is {
		return err
	}
	return failed(Writing, err)
}

// unread is a failure to read: an envelope that ends early is not whole.
func unread(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return failed(Reading, err)
}
