// Command qmail-local delivers or forwards a mail message as its recipient's
// dot-qmail file says.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("qmail-local", Run) }
