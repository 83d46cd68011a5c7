package main

import (
	"os"
	"runtime"

	"qmailkit/internal/sys"
)

// share leaves half of the processors to those on whom deliveries wait: the
// programs that queue and schedule, and the kernel. Deliveries themselves do
// next to nothing, and a runtime with processors to spare would wake a second
// thread for each that goes on, only to find that there is nothing left to do.
func share() {
	runtime.GOMAXPROCS(min(runtime.GOMAXPROCS(0), max(1, runtime.NumCPU()/2)))
}

// polled returns in as a file that no thread waits for, where it is a pipe:
// then one thread waits for requests and for all hosts together. done ends it.
func polled(in *os.File) (file *os.File, done func()) {
	fi, err := in.Stat()
	if err != nil || fi.Mode()&os.ModeNamedPipe == 0 {
		return in, func() {}
	}
	file, err = sys.NonBlocking(in)
	if err != nil {
		return in, func() {}
	}
	return file, func() { file.Close() }
}
