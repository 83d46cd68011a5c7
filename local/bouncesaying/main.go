// Bouncesaying bounces a message with a text, always or if a program says so.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("bouncesaying", Run) }
