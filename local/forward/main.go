// Forward hands each message, with a Delivered-To line, to the queue for other addresses.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("forward", Run) }
