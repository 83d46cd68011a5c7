// Qmail-queued puts messages into the queue, as qmail-queue does, for programs
// that hand them over at its socket: it stays, and takes many at once.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-queued", Run) }
