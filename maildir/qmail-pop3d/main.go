// Command qmail-pop3d gives a POP3 client that qmail-popup has let in the
// messages of a Maildir.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("qmail-pop3d", Run) }
