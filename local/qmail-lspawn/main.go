// Command qmail-lspawn runs qmail-local for each local delivery that qmail-send
// asks for, as the user whose mail it is.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-lspawn", Run) }
