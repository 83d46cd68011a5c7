// Command qmail-qmqpc queues a message on another machine by QMQP, in the
// place of qmail-queue.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("qmail-qmqpc", Run) }
