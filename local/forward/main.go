// Forward hands each message, with a Delivered-To line, to the queue for other addresses.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("forward", Run) }
