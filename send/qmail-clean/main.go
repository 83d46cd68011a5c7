// Qmail-clean removes files from the queue for qmail-send, which may not.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-clean", Run) }
