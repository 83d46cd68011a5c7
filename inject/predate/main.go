// Command predate runs a program on its own standard input with a Date field
// in front, which shows the local time.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("predate", Run) }
