// Command qmail-qstat counts the messages in the queue.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-qstat", Run) }
