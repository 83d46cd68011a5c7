package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/netstring"
	"qmailkit/internal/sys"
	"qmailkit/internal/timeoutio"
	"qmailkit/maildir"
	"qmailkit/qmtp"
)

const usage = "serialqmtp prefix"

const (
	msgProtocol = "remote protocol violation"
	msgEOF      = "network read error: end of file"
	msgRead     = "network read error"
	msgOutput   = "unable to write output"
)

// What the sending side may fail at.
var (
	errWrite = errors.New("unable to write to network")
	errFile  = errors.New("unable to read file")
	errInput = errors.New("unable to read input")
	errOpen  = errors.New("unable to open file")
)

// The descriptors of a UCSPI client, and how long the server may keep still.
const (
	fdIn, fdOut  = 6, 7
	readTimeout  = 3600 * time.Second
	writeTimeout = 73 * time.Second
)

// ahead bounds how many messages may be sent before their answers are read.
const ahead = 1000

// Run sends each file that is named on p's standard input, without waiting for
// the answers to those before it.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	sys.CatchPipe()
	s := &sender{
		p: p, prefix: p.Args[0], sent: make(chan string, ahead), stop: make(chan struct{}),
		out: bufio.NewWriter(timeoutio.File{File: p.FD(fdOut), Timeout: writeTimeout}),
	}
	defer close(s.stop)
	failed := make(chan error, 1)
	go func() {
		failed <- s.run()
		close(s.sent)
	}()
	in := bufio.NewReader(timeoutio.File{File: p.FD(fdIn), Timeout: readTimeout})
	remote := p.Getenv("TCPREMOTEIP")
	for name := range s.sent {
		answer, err := qmtp.ReadAnswer(in)
		switch {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return p.Fatal(cmd.ExitTemporary, msgEOF)
		case errors.Is(err, qmtp.ErrFrame), errors.Is(err, netstring.ErrLength):
			return p.Fatal(cmd.ExitTemporary, msgProtocol)
		case err != nil:
			return p.FatalSys(cmd.ExitTemporary, msgRead, err)
		}
		result := maildir.Result{Name: name, Status: answer[0], Text: maildir.Said(remote, answer[1:])}
		if _, err := p.Stdout.Write(result.Append(nil)); err != nil {
			return p.FatalSys(cmd.ExitTemporary, msgOutput, err)
		}
	}
	if err := <-failed; err != nil {
		return p.Fatal(cmd.ExitTemporary, err.Error())
	}
	return nil
}

// sender is the side that writes.
type sender struct {
	p      *cmd.Proc
	prefix string
	out    *bufio.Writer
	sent   chan string   // names of files for which an answer will come
	stop   chan struct{} // closed when nobody waits for answers any more
}

func (s *sender) run() error {
	names := bufio.NewReader(s.p.Stdin)
	for {
		name, err := maildir.ReadName(names)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return errInput
		}
		f, err := os.Open(s.p.Path(name))
		if err != nil {
			return errOpen
		}
		err = s.file(name, f)
		f.Close()
		if err != nil {
			return err
		}
	}
}

// file sends the message in f, if it is one for the prefix.
func (s *sender) file(name string, f *os.File) error {
	envelope, ok, err := maildir.ReadEnvelope(bufio.NewReader(f))
	if err != nil {
		return errFile
	}
	recipient, mine := strings.CutPrefix(envelope.Recipient, s.prefix)
	if !ok || !mine {
		return nil
	}
	if _, err := f.Seek(envelope.Length, io.SeekStart); err != nil {
		return errFile
	}
	select {
	case s.sent <- name:
	case <-s.stop:
		return nil
	}
	err = qmtp.Request{Message: f, Sender: envelope.Sender, Recipients: []string{recipient}}.Write(s.out)
	var unread *qmtp.ReadError
	switch {
	case errors.As(err, &unread):
		return errFile
	case err != nil:
		return errWrite
	}
	return nil
}
