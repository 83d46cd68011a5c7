package standing

import (
	"os"
	"os/signal"
	"syscall"
)

// onSignals has a SIGTERM that was meant for the whole process group stop this
// process too. A SIGHUP is the holder's. quit gives the signals back.
func onSignals(stop func()) (quit func()) {
	term, hup := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	signal.Notify(hup, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for {
			select {
			case <-term:
				stop()
			case <-hup:
			case <-done:
				return
			}
		}
	}()
	return func() {
		signal.Stop(term)
		signal.Stop(hup)
		close(done)
	}
}
