package main

import (
	"io"
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/plain"
	"qmailkit/internal/spawn"
	"qmailkit/internal/sys"
	"qmailkit/send"
)

// A wire leads to another process. Only the loop writes to it, and it has one
// request at a time under way.
type wire interface {
	// TryWrite writes as much of b as goes without waiting. It may write
	// less than all of b without an error.
	TryWrite(b []byte) (int, error)
	// Write writes all of b, however long that takes.
	Write(b []byte) (int, error)
}

// pipes are the descriptors that qmail-start gives to qmail-send, in the order
// of the channels, qmail-clean's after them.
type pipes struct {
	out [send.Channels + 1]pipe
	in  [send.Channels + 1]pipe
}

const (
	toClean   = send.Channels
	fromClean = send.Channels
)

func openPipes(p *cmd.Proc) (*pipes, error) {
	all := &pipes{}
	for i, pair := range [][2]*os.File{{p.Stdout, p.Stderr}, {p.FD(3), p.FD(4)}, {p.FD(5), p.FD(6)}} {
		for k, end := range []*pipe{&all.out[i], &all.in[i]} {
			conn, err := sys.Connect(pair[k])
			if err != nil {
				return all, err
			}
			end.Conn = conn
		}
	}
	return all, nil
}

func (p *pipes) close() {
	for i := range p.out {
		for _, end := range []pipe{p.out[i], p.in[i]} {
			if end.Conn != nil {
				end.Close()
			}
		}
	}
}

// pipe is one end of a pipe, by a descriptor that does not block: a full pipe
// stops nobody but the one who writes to it.
type pipe struct{ *plain.Conn }

// firstByte waits for the byte by which a spawner announces how many
// deliveries it can run.
func (p pipe) firstByte() (int, bool) {
	var b [1]byte
	_, err := io.ReadFull(p.Conn, b[:])
	return int(b[0]), err == nil
}

// askWide asks a spawner that has announced a limit for wide slots, and returns
// its limit then.
func (p *pipes) askWide(c send.Channel, announced int) (limit int, wide, ok bool) {
	ask := spawnRequest(nil, spawn.WideSlot, false, spawn.WideMessage, "", "")
	if _, err := p.out[c].Write(ask); err != nil {
		return 0, false, false
	}
	var reports send.Reports
	for {
		b, ok := p.in[c].firstByte()
		if !ok {
			return 0, false, false
		}
		report, ended := reports.Add(byte(b))
		if !ended {
			continue
		}
		if limit = spawn.ParseWide(report.Text); report.Verdict == send.Success && limit > 0 {
			return limit, true, true
		}
		return announced, false, true
	}
}

const readSize = 2048

// hear hands on what comes, until post no longer wants it; nil is the end.
func (p pipe) hear(post func(b []byte) bool) {
	for {
		b := make([]byte, readSize)
		n, err := p.Conn.Read(b)
		if n > 0 && !post(b[:n]) {
			return
		}
		if err != nil {
			post(nil)
			return
		}
	}
}
