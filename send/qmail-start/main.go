// Qmail-start turns mail delivery on: it starts qmail-lspawn, qmail-rspawn and
// qmail-clean under their users, and becomes qmail-send.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-start", Run) }
