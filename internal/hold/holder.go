package hold

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/sys"
)

// pause is how long the holder waits before it starts a worker in the place of
// one that has ended unasked.
const pause = time.Second

const (
	warnLost  = "the process that serves has ended, another is started"
	warnNew   = "the new process does not serve, the old one goes on"
	warnStart = "unable to start the process that serves: "
)

// worker is the holder's side of one.
type worker struct {
	proc   *os.Process
	socket *os.File // to it
}

// ending is the end of a worker.
type ending struct {
	*worker
	code int // 111 where a signal has ended it
}

type holder struct {
	p       *cmd.Proc
	program string
	sockets []*os.File
	warn    func(text string)

	workers map[*worker]bool
	current *worker // which takes connections
	next    *worker // which is going to
	served  bool    // there was a current one
	wanted  bool    // a new one, when next is settled
	ready   chan *worker
	ended   chan ending
	again   <-chan time.Time // when a worker is started anew
}

// Serve is a holder's life: it starts a worker for the sockets, descriptors that
// are closed with it, and a new one on each SIGHUP, until a SIGTERM has ended
// all. What it has to say of workers goes to warn. An error is the end of the
// first worker before it was ready: that has said why.
func Serve(p *cmd.Proc, sockets []int, warn func(text string)) error {
	program, err := os.Executable()
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to find the program's own file", err)
	}
	h := &holder{p: p, program: program, warn: warn, workers: map[*worker]bool{}, ready: make(chan *worker), ended: make(chan ending)}
	for _, fd := range sockets {
		h.sockets = append(h.sockets, os.NewFile(uintptr(fd), "socket"))
	}
	defer h.close()
	hup, term := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	signal.Notify(term, syscall.SIGTERM)
	defer signal.Stop(hup)
	defer signal.Stop(term)
	if err := h.start(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to run "+program, err)
	}
	for {
		select {
		case <-term:
			signal.Reset(syscall.SIGTERM) // a second one is meant
			h.stop()
			return nil
		case <-hup:
			h.wanted = true
		case w := <-h.ready:
			h.replace(w)
		case end := <-h.ended:
			if first := h.lose(end); first {
				return cmd.Silent(end.code)
			}
		case <-h.again:
			h.again, h.wanted = nil, true
		}
		if h.wanted && h.next == nil {
			h.startAgain()
		}
	}
}

func (h *holder) close() {
	for _, f := range h.sockets {
		f.Close()
	}
}

// start starts a worker.
func (h *holder) start() error {
	ours, theirs, err := sys.SocketPair()
	if err != nil {
		return err
	}
	defer theirs.Close()
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		ours.Close()
		return err
	}
	defer null.Close()
	world := *h.p
	world.Setenv(variable, strconv.Itoa(len(h.sockets)))
	files := append([]*os.File{null, null, h.p.Stderr}, h.sockets...)
	proc, err := os.StartProcess(h.program, append([]string{h.p.Argv0}, h.p.Args...),
		&os.ProcAttr{Dir: h.p.Dir, Env: world.Env, Files: append(files, theirs)})
	if err != nil {
		ours.Close()
		return err
	}
	w := &worker{proc, ours}
	h.workers[w], h.next = true, w
	go func() {
		var b [1]byte
		if n, _ := ours.Read(b[:]); n == 1 && b[0] == wordReady {
			h.ready <- w
		}
		code, err := child.Wait(proc)
		if err != nil {
			code = cmd.ExitTemporary
		}
		h.ended <- ending{w, code}
	}()
	return nil
}

// startAgain is start for a holder that has a worker, or has had one.
func (h *holder) startAgain() {
	h.wanted = false
	if err := h.start(); err != nil {
		h.warn(warnStart + errstr.Text(err))
		h.again = time.After(pause)
	}
}

func (w *worker) tell(o Order) { w.socket.Write([]byte{byte(o)}) }

// replace makes w the one that takes connections.
func (h *holder) replace(w *worker) {
	if h.current != nil {
		h.current.tell(Finish)
	}
	h.current, h.next, h.served = w, nil, true
}

// lose takes a worker's end. It tells whether it was the first, which has never
// been ready.
func (h *holder) lose(end ending) (first bool) {
	delete(h.workers, end.worker)
	end.socket.Close()
	switch end.worker {
	case h.next:
		h.next = nil
		if !h.served {
			return true
		}
		h.warn(warnNew)
		if h.current == nil {
			h.again = time.After(pause)
		}
	case h.current:
		h.current = nil
		h.warn(warnLost)
		h.again = time.After(pause)
	}
	return false
}

// stop has all workers end, and waits for them.
func (h *holder) stop() {
	h.close()
	for w := range h.workers {
		w.tell(Stop)
	}
	for len(h.workers) > 0 {
		select {
		case w := <-h.ready:
			w.tell(Stop)
		case end := <-h.ended:
			delete(h.workers, end.worker)
			end.socket.Close()
		}
	}
}
