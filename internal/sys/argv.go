package sys

import "unsafe"

// ArgBytes returns the memory of an argument that this process was started
// with, for a program that shows something there to ps(1). The string must be
// an element of os.Args, unchanged: the runtime leaves those where the system
// put them, in memory that may be written to.
func ArgBytes(arg string) []byte { return unsafe.Slice(unsafe.StringData(arg), len(arg)) }
