package topcmd

import (
	"os"
	"os/signal"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
)

// catch has signals that would end or stop the program, and those of a
// terminal that changes its size, come by a channel instead.
func catch() (stop func(), signals <-chan os.Signal) {
	all := make(chan os.Signal, 4)
	signal.Notify(all, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGPIPE, syscall.SIGTSTP, syscall.SIGWINCH)
	return func() { signal.Stop(all) }, all
}

// press passes keys on until the terminal has no more.
func press(p *cmd.Proc, keys chan<- byte, done <-chan struct{}) {
	defer close(keys)
	var b [1]byte
	for {
		if n, err := p.Stdin.Read(b[:]); err != nil || n == 0 {
			return
		}
		select {
		case keys <- b[0]:
		case <-done:
			return
		}
	}
}

const (
	interrupt = 3 // the keys ^C, ^D and ^\
	endOfFile = 4
	quit      = 28
)

// soonest bounds how often changes are drawn.
const soonest = 200 * time.Millisecond

// pause waits until it is time to draw again; false tells to end.
func (v *view) pause(interval time.Duration, changed <-chan struct{}, keys <-chan byte, signals <-chan os.Signal) bool {
	late, early := time.NewTimer(interval), time.NewTimer(soonest)
	defer late.Stop()
	defer early.Stop()
	var news <-chan struct{} // not before it is time
	for {
		select {
		case <-late.C:
			return true
		case <-early.C:
			news = changed
		case <-news:
			return true
		case key, open := <-keys:
			switch {
			case !open || key == 'q' || key == 'Q' || key == interrupt || key == endOfFile || key == quit:
				return false
			case key == ' ':
				v.next = time.Time{}
				return true
			}
		case s := <-signals:
			switch s {
			case syscall.SIGWINCH:
				return true
			case syscall.SIGTSTP:
			default:
				return false
			}
		}
	}
}
