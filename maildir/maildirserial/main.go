// Maildirserial has a client send the messages of a Maildir.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("maildirserial", Run) }
