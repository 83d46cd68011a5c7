package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/queue"
	"qmailkit/internal/sys"
)

// The answers, one for each request.
const (
	removed    = '+' // the files are gone
	notRemoved = '!' // the system would not
	refused    = 'x' // the request is none
)

// exitMute is the exit code when answers are not heard any more.
const exitMute = 100

const (
	sweepEvery = 31             // requests from one look at the folder pid to the next
	ossified   = 36 * time.Hour // qmail-queue gives up after 24
)

// Run is the program.
func Run(p *cmd.Proc) error {
	root := p.InHome("queue")
	if queue.Enter(p.Home) != nil || queue.Enter(root) != nil {
		return cmd.Silent(cmd.ExitTemporary)
	}
	q, err := queue.Open(root)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read "+root+"/mess", err)
	}
	sys.CatchPipe()
	in := bufio.NewReaderSize(p.Stdin, maxFrame)
	for n := 0; ; n++ {
		if n%sweepEvery == 0 {
			sweep(root+"/pid", p.Now())
		}
		frame, err := readFrame(in)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return p.FatalSys(cmd.ExitTemporary, "unable to read input", err)
		}
		if _, err := p.Stdout.Write([]byte{serve(q, frame)}); err != nil {
			return cmd.Silent(exitMute)
		}
	}
}

// serve does what a request asks for. It stops at the first file that the
// system does not let go.
func serve(q *queue.Queue, frame []byte) byte {
	folders, id, ok := parse(q, frame)
	if !ok {
		return refused
	}
	for _, folder := range folders {
		// Not os.Remove, which removes folders too.
		if err := syscall.Unlink(q.Path(folder, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return notRemoved
		}
	}
	return removed
}

// sweep removes from the folder pid what a qmail-queue that was killed left.
// Failures do not matter: the next look tries again.
func sweep(pid string, now time.Time) {
	dir, err := os.Open(pid)
	if err != nil {
		return
	}
	defer dir.Close()
	for {
		names, err := dir.Readdirnames(256)
		for _, name := range names {
			path := pid + "/" + name
			if fi, err := os.Stat(path); err == nil && now.Sub(sys.AccessTime(fi)) >= ossified {
				syscall.Unlink(path)
			}
		}
		if err != nil {
			return
		}
	}
}
