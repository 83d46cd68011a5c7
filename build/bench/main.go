// Bench measures a mail system of qmailkit beside one of the C programs, a
// Postfix and the bare system calls; build/bench.sh prepares and runs it.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("bench", Run) }
