// Xqp prints what matchup says of the messages that one process queued.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("xqp", Run) }
