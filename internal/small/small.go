// Package small is for programs that stay and mostly sleep. It is apart from
// package sys because of what it brings along: fmt, by runtime/debug.
package small

import (
	"runtime"
	"runtime/debug"
	"sync"
)

// How much a heap of garbage may grow, in percent of what is in use, before it
// is collected; a program that stays for years and does little is in no hurry.
const garbagePercent = 20

// Keep makes the runtime take little memory, and makes it start now the threads
// that it may ever want: at a time when the system has no process to give, the
// runtime would end a program that needs one thread more. That many goroutines
// may be in a blocking system call at once.
func Keep(blocking int) {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(garbagePercent)
	// Besides those that block, there is one that runs and one that waits for
	// descriptors. A goroutine that is locked to a thread has one of its own.
	var started, ended sync.WaitGroup
	gate := make(chan struct{})
	for range blocking + 2 {
		started.Add(1)
		ended.Add(1)
		go func() {
			defer ended.Done()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			started.Done()
			<-gate
		}()
	}
	started.Wait()
	close(gate)
	ended.Wait()
}
