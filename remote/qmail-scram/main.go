// Command qmail-scram makes the table of verifiers by which servers know their
// users in authentication by SCRAM.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-scram", Run) }
