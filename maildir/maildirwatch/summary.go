package main

import (
	"bytes"
	"errors"
	"io"

	"qmailkit/internal/message"
	"qmailkit/internal/printable"
)

// maxText is how much is shown of a message's subject and body, in bytes.
const maxText = 158

// maxField bounds a header field, in bytes; what is longer is cut.
const maxField = 4096

const (
	bold  = "\033[1m"
	plain = "\033[0m"
)

// summary is what is shown of one message.
type summary struct {
	sender    []byte // from Return-Path, with its brackets
	recipient []byte // from Delivered-To
	from      []byte // the From field, its name included
	text      []byte // the beginning of subject and body
}

// summarize reads as much of a message as it takes.
func summarize(r io.Reader) (*summary, error) {
	s := &summary{sender: []byte("?"), recipient: []byte("?")}
	in := message.NewReader(r, maxField)
	for {
		part, err := in.Next()
		if errors.Is(err, io.EOF) || part.Body && len(s.text) == maxText {
			return s, nil
		}
		if err != nil {
			return nil, err
		}
		if part.Body {
			s.add(part.Text)
			continue
		}
		value := message.Value(part.Text)
		switch {
		case message.Is(part.Text, "subject"):
			s.add(value)
		case message.Is(part.Text, "delivered-to"):
			s.recipient = replaced(s.recipient, value)
		case message.Is(part.Text, "return-path"):
			s.sender = replaced(s.sender, value)
		case message.Is(part.Text, "from"):
			s.from = replaced(nil, part.Text)
		}
	}
}

func (s *summary) add(line []byte) {
	s.text = append(s.text, line[:min(len(line), maxText-len(s.text))]...)
}

// replaced returns value without its newline, or old if there is none.
func replaced(old, value []byte) []byte {
	if len(value) == 0 {
		return old
	}
	return bytes.Clone(value[:len(value)-1])
}

// String is the summary as it is shown.
func (s *summary) String() string {
	text := "FROM " + printable.Replace(string(s.sender), '?') + " TO <" + printable.Replace(string(s.recipient), '?') + ">\n"
	if len(s.from) > 0 {
		text += bold + printable.Replace(string(s.from), '/') + plain + "\n"
	}
	return text + printable.Replace(string(s.text), '/') + "\n\n"
}
