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
	"qmailkit/internal/plain"
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
	requests, answers := ends(p)
	in := bufio.NewReaderSize(requests, maxFrame)
	var said []byte
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
		said = append(said, serve(q, frame))
		if another(in) {
			continue
		}
		if _, err := answers.Write(said); err != nil {
			return cmd.Silent(exitMute)
		}
		said = said[:0]
	}
}

// ends returns where requests come from and answers go to: between pipes,
// without a thread that waits.
func ends(p *cmd.Proc) (requests io.Reader, answers io.Writer) {
	requests, answers = p.Stdin, p.Stdout
	if in := conn(p.Stdin); in != nil {
		requests = in
	}
	if out := conn(p.Stdout); out != nil {
		answers = out
	}
	return requests, answers
}

// conn returns f as a connection, if it is a pipe.
func conn(f *os.File) *plain.Conn {
	fi, err := f.Stat()
	if err != nil || fi.Mode()&os.ModeNamedPipe == 0 {
		return nil
	}
	c, err := sys.Connect(f)
	if err != nil {
		return nil
	}
	return c
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
		if err := plain.Unlink(q.Path(folder, id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return notRemoved
		}
	}
	return removed
}

// sweep removes from the folder pid what a qmail-queue that was killed left.
// Failures do not matter: the next look tries again.
func sweep(pid string, now time.Time) {
	dir, err := plain.Open(pid)
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
