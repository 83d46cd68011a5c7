package conformance

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	settleLimit = 30 * time.Second
	stopLimit   = 10 * time.Second
	longQuiet   = 300 * time.Millisecond // nothing heard for so long: nothing is going on
	shortQuiet  = 50 * time.Millisecond  // the same, if besides the process is seen to sleep
)

// take hears what comes until nothing more is going on, and tells whether
// anything came. Of what comes at once the log is heard first, then local,
// remote and clean.
func (p *play) take() (any bool) {
	for since := time.Now(); time.Now().Before(p.deadline); {
		heard, err := p.listen(shortQuiet)
		if err != nil || len(p.from) == 0 {
			return any || heard
		}
		if heard {
			any, since = true, time.Now()
			continue
		}
		switch asleep(p.cmd.Process.Pid) {
		case yes:
			return any
		case no:
			since = time.Now()
		case unknown:
			if time.Since(since) >= longQuiet {
				return any
			}
		}
	}
	return any
}

// listen waits for bytes from any descriptor, and hears them.
func (p *play) listen(limit time.Duration) (any bool, err error) {
	var names []string
	var fds []unix.PollFd
	for _, name := range []string{"log", "local", "remote", "clean"} {
		if f := p.from[name]; f != nil {
			names = append(names, name)
			fds = append(fds, unix.PollFd{Fd: int32(f.Fd()), Events: unix.POLLIN})
		}
	}
	if _, err := unix.Poll(fds, int(limit.Milliseconds())); err != nil && err != unix.EINTR {
		return false, err
	}
	for i, fd := range fds {
		f := p.from[names[i]]
		if fd.Revents == 0 || f == nil {
			continue
		}
		buf := make([]byte, 65536)
		n, err := f.Read(buf)
		if n <= 0 || err != nil {
			f.Close()
			delete(p.from, names[i])
			continue
		}
		any = true
		p.hear(names[i], buf[:n])
	}
	return any, nil
}

func (p *play) hear(from string, data []byte) {
	if from == "log" {
		p.log = append(p.log, data...)
		return
	}
	buf := append(p.inbuf[from], data...)
	for {
		if from == "clean" {
			req, rest, ok := bytes.Cut(buf, []byte{0})
			if !ok {
				break
			}
			buf = rest
			p.answerClean(text(req))
			continue
		}
		// slot, file NUL sender NUL recipient NUL
		if len(buf) == 0 {
			break
		}
		parts := bytes.SplitN(buf[1:], []byte{0}, 4)
		if len(parts) < 4 {
			break
		}
		d := delivery{from, buf[0], text(parts[0]), text(parts[1]), text(parts[2])}
		p.deliveries, p.pending = append(p.deliveries, d), append(p.pending, d)
		buf = parts[3]
	}
	p.inbuf[from] = buf
}

// answerClean does what qmail-clean would, unless the scenario has an answer.
func (p *play) answerClean(req string) {
	ans, ok := p.spec.Clean[req]
	if !ok {
		ans = "+"
		kind, num, _ := strings.Cut(req, "/")
		n, err := strconv.Atoi(num)
		if err != nil {
			ans = "x"
		} else if kind == "foop" {
			os.Remove(p.path("intd/" + num))
			os.Remove(p.path(fmt.Sprintf("mess/%d/%s", n%split, num)))
		} else {
			os.Remove(p.path("intd/" + num))
			os.Remove(p.path("todo/" + num))
		}
	}
	p.cleaned = append(p.cleaned, []string{req, ans})
	p.send("clean", raw(ans))
}

// report is how the next delivery to the recipient ends, nil for not yet.
func (p *play) report(d delivery) *string {
	for i := range p.spec.Replies {
		r := &p.spec.Replies[i]
		if r.pattern.MatchString(d.channel + " " + d.recipient) {
			n := min(r.used, len(r.reports)-1)
			r.used++
			return r.reports[n]
		}
	}
	ok := "Kok\n"
	return &ok
}

func (p *play) answer(d delivery, report string) {
	p.send(d.channel, append(append([]byte{d.slot}, raw(report)...), 0))
	p.take()
}

// settle waits until nothing happens any more, answering the deliveries one at
// a time meanwhile.
func (p *play) settle() {
	p.deadline = time.Now().Add(settleLimit)
	p.take()
	for time.Now().Before(p.deadline) {
		if len(p.pending) == 0 {
			if !p.take() {
				return
			}
			continue
		}
		i := 0
		if p.spec.Reverse {
			i = len(p.pending) - 1
		}
		d := p.pending[i]
		p.pending = append(p.pending[:i:i], p.pending[i+1:]...)
		if r := p.report(d); r != nil {
			p.answer(d, *r)
		} else {
			p.held = append(p.held, d)
		}
	}
}

func (p *play) release(report string) {
	p.deadline = time.Now().Add(settleLimit)
	for _, d := range p.held {
		p.answer(d, report)
	}
	p.held = nil
	p.settle()
}

func (p *play) inject(n int, mess, todo string) error {
	err1 := p.put(file{name: fmt.Sprintf("mess/%d/%d", n%split, n), Text: mess})
	err2 := p.put(file{name: fmt.Sprintf("todo/%d", n), Text: todo})
	p.trigger()
	p.settle()
	return errors.Join(err1, err2)
}

func (p *play) trigger() {
	f, err := os.OpenFile(p.path("lock/trigger"), os.O_WRONLY|unix.O_NONBLOCK, 0)
	if err != nil {
		return // nobody listens
	}
	f.Write([]byte{0})
	f.Close()
}

func (p *play) signal(name string) error {
	sig := unix.SignalNum("SIG" + name)
	if sig == 0 {
		return fmt.Errorf("no signal %s", name)
	}
	if !p.gone() {
		p.cmd.Process.Signal(sig)
	}
	p.settle()
	return nil
}

// stop ends qmail-send, as init would, and notes how it went.
func (p *play) stop() {
	if !p.gone() {
		p.cmd.Process.Signal(syscall.SIGTERM)
		p.settle()
	}
	select {
	case <-p.ended:
	case <-time.After(stopLimit):
		p.status = "did not exit"
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
	}
	p.gone()
	p.deadline = time.Now().Add(settleLimit)
	p.take()
}

// end gives back all that the scenario took.
func (p *play) end() {
	if p.ended != nil && !p.gone() {
		syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
		<-p.ended
	}
	for _, f := range p.from {
		f.Close()
	}
	for _, f := range p.to {
		f.Close()
	}
	if p.mutex != nil {
		p.mutex.Close()
	}
	if p.queued != nil {
		p.queued.end()
	}
	if p.cap != "" {
		os.RemoveAll(p.cap)
	}
}

func (p *play) gone() bool {
	if p.status != nil {
		return true
	}
	select {
	case <-p.ended:
	default:
		return false
	}
	if ws := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ws.Signaled() {
		p.status = fmt.Sprintf("signal %d", ws.Signal())
	} else {
		p.status = ws.ExitStatus()
	}
	return true
}

type answer3 int

const (
	unknown answer3 = iota
	yes
	no
)

// asleep tells, where /proc says it, whether all threads of a process wait for
// something and it has no children.
func asleep(pid int) answer3 {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
	if err != nil || len(threads) == 0 {
		return unknown
	}
	for _, t := range threads {
		stat, err1 := os.ReadFile(t + "/stat")
		children, err2 := os.ReadFile(t + "/children")
		if err1 != nil || err2 != nil {
			return unknown
		}
		if len(bytes.TrimSpace(children)) > 0 {
			return no
		}
		_, rest, _ := bytes.Cut(stat, []byte(") ")) // "12 (qmail-send) S ..."
		if len(rest) == 0 || rest[0] != 'S' {
			return no
		}
	}
	return yes
}
