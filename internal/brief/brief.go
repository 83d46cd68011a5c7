// Package brief is imported, for its effect alone, by the main package of a
// program that does one thing after the other and is done in a moment. Such a
// program uses one processor. Left alone, the runtime starts a thread for each
// further one, which looks for work and finds none, again whenever a goroutine
// becomes ready or a system call takes long: a twentieth of the time of a
// program that only starts, a tenth of one that runs another.
//
// That is of use only before package os and others make goroutines ready. The
// order in which packages are prepared is a rule of the go command: of those
// that wait for no other, the first by its path. This one waits for none, so it
// comes before sync, syscall and time, which os waits for.
package brief

import "runtime"

func init() { runtime.GOMAXPROCS(1) }
