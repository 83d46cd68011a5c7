// Maildirwatch shows the new mail of a Maildir, and goes on showing it as it comes.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("maildirwatch", Run) }
