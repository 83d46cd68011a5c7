package main

import (
	"errors"
	"io"
	"io/fs"
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/envelope"
	"qmailkit/internal/qclient"
	"qmailkit/internal/queue"
	"qmailkit/send"
)

// injector puts bounces into the queue. It runs beside the loop, several jobs
// at once.
type injector struct {
	proc  *cmd.Proc
	queue *queue.Queue
	conf  *config
}

const (
	noQueueing = "warning: unable to start qmail-queue, will try later\n"
	noInject   = "warning: trouble injecting bounce message, will try later\n"
)

// inject composes the bounce of job and hands it to qmail-queue.
func (i *injector) inject(job bounceJob) bounceResult {
	failures, err := os.Open(i.queue.Path("bounce", job.id))
	if err != nil {
		return bounceResult{retry: noInject}
	}
	defer failures.Close()
	message, err := os.Open(i.queue.Path("mess", job.id))
	if errors.Is(err, fs.ErrNotExist) {
		return bounceResult{discard: "message gone: discarding " + i.queue.Rel("bounce", job.id) + "\n"}
	}
	if err != nil {
		return bounceResult{retry: noInject}
	}
	defer message.Close()
	nothing, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return bounceResult{retry: noQueueing}
	}
	defer nothing.Close()
	proc := *i.proc
	proc.Stderr = nothing // descriptor 2 is a spawner's pipe here
	m, err := qclient.Open(&proc)
	if err != nil {
		return bounceResult{retry: noQueueing}
	}
	notice, from := i.notice(job.sender)
	m.WriteString(notice.Head(i.proc.Now()))
	if _, err = io.Copy(m, failures); err != nil {
		m.Fail()
	}
	m.WriteString(notice.Divider())
	if err = i.copyMessage(m, message); err != nil {
		m.Fail()
	}
	m.From(from)
	m.To(notice.To)
	return outcome(m, m.Close(), i.queue.Rel("bounce", job.id))
}

// notice returns the bounce to sender and its own envelope sender.
func (i *injector) notice(sender string) (n send.Notice, from string) {
	n = send.Notice{From: i.conf.bounceFrom, Host: i.conf.bounceHost, To: sender, Sender: sender}
	w := i.conf.words
	if sender == "" {
		n.To, from, w = i.conf.doubleBounceTo, envelope.DoubleBounce, i.conf.doubleWords
	}
	n.Subject, n.Intro = w.subject, w.intro
	return n, from
}

// copyMessage copies the message, or the part of it that control/bouncemaxbytes
// allows.
func (i *injector) copyMessage(to io.Writer, message io.Reader) error {
	if i.conf.bounceMaxBytes == 0 {
		_, err := io.Copy(to, message)
		return err
	}
	if _, err := io.CopyN(to, message, i.conf.bounceMaxBytes); err != nil {
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	}
	n, err := message.Read(make([]byte, 1))
	if n > 0 {
		io.WriteString(to, send.Stripped)
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// outcome tells a bounce that may be taken later from one that never will.
func outcome(m *qclient.Message, err error, file string) bounceResult {
	var refusal *qclient.Refusal
	switch {
	case err == nil:
		return bounceResult{qp: m.PID()}
	case errors.As(err, &refusal) && refusal.Permanent:
		return bounceResult{discard: "bounce refused: discarding " + file + ": " + send.Safe(refusal.Text) + "\n"}
	}
	return bounceResult{retry: noInject}
}
