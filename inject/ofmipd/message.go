package main

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"qmailkit/inject"
	"qmailkit/internal/printable"
	"qmailkit/internal/qclient"
)

// message completes a message on its way to the queue. A goroutine of its own
// has the queue until the message has ended.
type message struct {
	daemon *daemon
	queue  *qclient.Message
	from   sender
	in     *io.PipeWriter
	done   chan error

	to     []string
	failed bool
	bad    error // a recipient that cannot be completed
}

// anonymous writes what has neither a sender nor a From field.
const anonymous = "anonymous"

func newMessage(d *daemon, q *qclient.Message, from sender) *message {
	r, w := io.Pipe()
	m := &message{daemon: d, queue: q, from: from, in: w, done: make(chan error, 1)}
	go func() {
		err := m.copy(r)
		io.Copy(io.Discard, r) // the client sends all of it before it hears of an error
		m.done <- err
	}()
	return m
}

// copy lets the session's own Received field pass, and completes the rest.
func (m *message) copy(r io.Reader) error {
	in := bufio.NewReader(r)
	if err := m.trace(in); err != nil {
		return err
	}
	job := inject.Job{
		Rules: m.daemon.rules, IDHost: m.daemon.idHost, Now: m.daemon.proc.Now(), Pid: m.queue.PID(),
		Sender: &m.from.address, Recipients: []string{}, Options: inject.Options{DropFrom: m.from.replaced},
		Author: inject.Author{User: anonymous, Name: m.from.name},
	}
	if at := strings.LastIndexByte(m.from.address, '@'); at >= 0 {
		job.Author.User, job.Author.Host = m.from.address[:at], m.from.address[at+1:]
	}
	ready, err := job.Prepare(in)
	if err != nil {
		return err
	}
	_, err = ready.WriteTo(m.queue)
	return err
}

// trace copies that field, which has two lines.
func (m *message) trace(in *bufio.Reader) error {
	for range 2 {
		line, err := in.ReadString('\n')
		if err != nil {
			return err
		}
		if _, err := m.queue.WriteString(line); err != nil {
			return err
		}
	}
	return nil
}

func (m *message) Write(b []byte) (int, error) { return m.in.Write(b) }
func (m *message) Fail()                       { m.failed = true }
func (m *message) PID() int                    { return m.queue.PID() }
func (m *message) From(string)                 {}

// To takes a recipient as the client named it.
func (m *message) To(recipient string) {
	address, err := m.daemon.complete(recipient)
	if err != nil || address == "" {
		m.bad = &inject.FieldError{Field: recipient}
	}
	m.to = append(m.to, address)
}

func (m *message) Abandon() {
	m.in.CloseWithError(io.ErrUnexpectedEOF)
	<-m.done
	m.queue.Abandon()
}

// Close ends the message, and waits for the queue.
func (m *message) Close() error {
	m.in.Close()
	err := <-m.done
	if err == nil {
		err = m.bad
	}
	if err != nil || m.failed {
		m.queue.Fail()
	}
	m.queue.From(m.from.address)
	for _, recipient := range m.to {
		m.queue.To(recipient)
	}
	if qerr := m.queue.Close(); err == nil {
		return qerr
	}
	return refusal(err)
}

// refusal is what the client is told of a message that cannot be completed.
func refusal(err error) error {
	var field *inject.FieldError
	switch {
	case errors.As(err, &field):
		line, _, _ := strings.Cut(field.Field, "\n")
		name, _, _ := strings.Cut(line, ":")
		return &qclient.Refusal{Permanent: true, Text: "unable to parse " + printable.Replace(name, '?') + " (#5.6.0)"}
	case errors.Is(err, inject.ErrHeaderTooLong):
		return &qclient.Refusal{Permanent: true, Text: "header too long (#5.6.0)"}
	}
	return &qclient.Refusal{Text: "qqt failure (#4.3.0)"}
}
