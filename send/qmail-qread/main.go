// Command qmail-qread lists the messages and recipients in the queue.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-qread", Run) }
