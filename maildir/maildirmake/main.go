// Maildirmake makes a new Maildir.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("maildirmake", Run) }
