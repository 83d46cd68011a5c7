package main

import (
	"bufio"
	"errors"
	"io"
	"strconv"

	"qmailkit/inject"
	"qmailkit/internal/qclient"
	"qmailkit/remote/smtpd"
)

// message writes a message's header anew on its way to the queue. A goroutine
// of its own has the queue until the message has ended.
type message struct {
	daemon *daemon
	queue  queue
	from   sender
	in     *io.PipeWriter
	done   chan error

	to     []string
	failed bool
}

// queue is *qclient.Message, or another of the kind.
type queue interface {
	smtpd.Queue
	io.StringWriter
}

func newMessage(d *daemon, q queue, from sender) *message {
	r, w := io.Pipe()
	m := &message{daemon: d, queue: q, from: from, in: w, done: make(chan error, 1)}
	go func() {
		err := m.copy(r)
		io.Copy(io.Discard, r) // the client sends all of it before it hears of an error
		m.done <- err
	}()
	return m
}

// copy lets the session's own Received field pass, and rewrites the rest.
func (m *message) copy(r io.Reader) error {
	in := bufio.NewReader(r)
	if err := m.trace(in); err != nil {
		return err
	}
	d := m.daemon
	w := inject.Rewriter{
		Rules: d.rules, Now: d.proc.Now(), IDHost: d.idHost,
		IDMark: func() string {
			d.count++
			return "." + strconv.Itoa(d.count) + "." + strconv.Itoa(d.proc.Pid) + ".qmail"
		},
		DropFrom: m.from.replaced, From: m.from.address, Name: m.from.name,
	}
	ready, err := w.Rewrite(in)
	if err != nil {
		return err
	}
	_, err = ready.WriteTo(m.queue)
	return err
}

// trace copies that field.
func (m *message) trace(in *bufio.Reader) error {
	line, err := in.ReadString('\n')
	if err == nil {
		_, err = m.queue.WriteString(line)
	}
	return err
}

func (m *message) Write(b []byte) (int, error) { return m.in.Write(b) }
func (m *message) Fail()                       { m.failed = true }
func (m *message) PID() int                    { return m.queue.PID() }
func (m *message) From(string)                 {}

// To takes a recipient as the client named it.
func (m *message) To(recipient string) {
	m.to = append(m.to, m.daemon.rules.Address(recipient))
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

// refusal is what the client is told of a message that cannot be rewritten.
func refusal(err error) error {
	if errors.Is(err, inject.ErrHeaderTooLong) {
		return &qclient.Refusal{Permanent: true, Text: "header too long (#5.6.0)"}
	}
	return &qclient.Refusal{Text: "qqt failure (#4.3.0)"}
}
