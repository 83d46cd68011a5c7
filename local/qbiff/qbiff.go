package main

import (
	"errors"
	"io"
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/message"
	"qmailkit/internal/printable"
	"qmailkit/internal/sys"
)

// width is how much of a message's subject and body is shown, with the
// indent, in bytes.
const width = 78

const indent = "    "

// maxField bounds a header field that is looked at, in bytes.
const maxField = 4096

// Run announces the message on the terminals of $USER. Nothing is wrong with
// a message that cannot be announced.
func Run(p *cmd.Proc) error {
	user, ok1 := p.LookupEnv("USER")
	sender, ok2 := p.LookupEnv("SENDER")
	recipient, ok3 := p.LookupEnv("LOCAL")
	if !ok1 || !ok2 || !ok3 {
		return nil
	}
	summary, err := summarize(p.Stdin)
	if err != nil {
		return nil
	}
	head := printable.Replace("*** TO <"+recipient+"> FROM <"+sender+">", '_')
	woof := "\r\n\a" + head + "\r\n" + printable.Replace(indent+summary, '/') + "\r\n"
	t := terminals{dev: "/dev/", uid: os.Getuid(), deadline: p.Now().Add(patience)}
	t.announce(sys.Logins(), user, woof)
	return nil
}

// summarize returns the beginning of the message's subject and body.
func summarize(r io.Reader) (string, error) {
	var text []byte
	in := message.NewReader(r, maxField)
	for {
		part, err := in.Next()
		if errors.Is(err, io.EOF) {
			return string(text), nil
		}
		if err != nil {
			return "", err
		}
		line := part.Text
		if !part.Body {
			if !message.Is(line, "subject") {
				continue
			}
			line = message.Value(line)
		}
		text = append(text, line[:min(len(line), width-len(indent)-len(text))]...)
	}
}
