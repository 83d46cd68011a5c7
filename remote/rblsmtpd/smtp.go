package main

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/sys"
)

const name = "rblsmtpd.local" // what we call ourselves

// maxLine bounds a command line, in bytes. Who sends a longer one is done with.
const maxLine = 16 << 10

// refuse logs the client and answers it until it goes, or its time is over:
// that of the whole conversation. Without any time it hears no more than the
// reply.
func refuse(p *cmd.Proc, reply string, timeout time.Duration) error {
	sys.CatchPipe()
	p.Stderr.WriteString(p.Name + ": " + p.Getenv("TCPREMOTEIP") + " pid " + strconv.Itoa(p.Pid) + ": " + reply + "\n")
	if timeout == 0 {
		p.Stdout.WriteString(reply + "\r\n")
		return nil
	}
	return cmd.Within(timeout, nil, func() error {
		talk(p, reply)
		return nil
	})
}

// source sends the answers that are owed before it waits for the client.
type source struct {
	out *bufio.Writer
	in  io.Reader
}

func (s source) Read(b []byte) (int, error) {
	if err := s.out.Flush(); err != nil {
		return 0, err
	}
	return s.in.Read(b)
}

// talk accepts whatever leads up to a message and answers reply to the rest.
func talk(p *cmd.Proc, reply string) {
	out := bufio.NewWriter(p.Stdout)
	in := bufio.NewReaderSize(source{out, p.Stdin}, maxLine)
	defer out.Flush()
	out.WriteString("220 " + name + "\r\n")
	for {
		line, err := in.ReadSlice('\n')
		if err != nil {
			return
		}
		verb, _, _ := bytes.Cut(bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), []byte(" "))
		switch control.Fold(string(verb)) {
		case "quit":
			out.WriteString("221 " + name + "\r\n")
			return
		case "helo", "ehlo", "mail", "rset", "noop":
			out.WriteString("250 " + name + "\r\n")
		default:
			out.WriteString(reply + "\r\n")
		}
	}
}
