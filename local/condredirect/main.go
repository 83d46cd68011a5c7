// Condredirect forwards a message to another address if a program says so.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("condredirect", Run) }
