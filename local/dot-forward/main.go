// Dot-forward forwards a message as a .forward file says.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("dot-forward", Run) }
