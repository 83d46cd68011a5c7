// Qmail-queue puts a message into the queue: the message is read from
// descriptor 0, its envelope from descriptor 1.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-queue", Run) }
