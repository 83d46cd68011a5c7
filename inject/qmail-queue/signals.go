package main

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"qmailkit/internal/queue"
	"qmailkit/internal/sys"
)

// ignored are the signals by which a terminal or a limit would stop the
// program half way. A write past the limit of the file size then fails, which
// is an error like any other.
var ignored = []os.Signal{
	syscall.SIGPIPE, syscall.SIGVTALRM, syscall.SIGPROF, syscall.SIGQUIT, syscall.SIGINT,
	syscall.SIGHUP, syscall.SIGXCPU, syscall.SIGXFSZ,
}

// bugs are the signals of a process that is not itself any more.
var bugs = []os.Signal{
	syscall.SIGILL, syscall.SIGABRT, syscall.SIGFPE, syscall.SIGBUS, syscall.SIGSEGV, syscall.SIGSYS,
}

// guard ends this process at the end of its lifetime, or at an alarm. It only
// goes on watch when there is something to wait for: most messages are in the
// queue sooner than a watch is set up.
type guard struct {
	start    time.Time
	watching bool
}

// patience is how long the program waits before it goes on watch.
const patience = 10 * time.Millisecond

// before is called before every read from f.
func (g *guard) before(f *os.File) {
	if !g.watching && (time.Since(g.start) > patience || !sys.Readable(f, patience)) {
		g.watching = true
		watching := make(chan bool)
		go func() { os.Exit(watch(watching)) }()
		<-watching
	}
}

// watch closes ready and waits for a reason to end, of which it returns the
// exit code. Nothing is cleaned up then: a write may be under way.
func watch(ready chan<- bool) int {
	bug, alarm := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(bug, bugs...)
	signal.Notify(alarm, syscall.SIGALRM)
	close(ready)
	select {
	case <-bug:
		return queue.CodeBug
	case <-alarm:
	case <-time.After(lifetime):
	}
	return queue.CodeTimeout
}

// guarded is one of the program's two inputs.
type guarded struct {
	*os.File
	guard *guard
}

func (r guarded) Read(b []byte) (int, error) {
	r.guard.before(r.File)
	return r.File.Read(b)
}
