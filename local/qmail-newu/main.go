// Command qmail-newu prepares address assignments for qmail-lspawn: it makes
// users/cdb of users/assign.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-newu", Run) }
