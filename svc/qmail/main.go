// Qmail is the command that a person types: it shows, explains and mends a
// qmail installation, and says what it would do before it does it.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail", Run) }
