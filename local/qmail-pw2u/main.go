// Command qmail-pw2u builds address assignments, in the form of users/assign,
// from a passwd file on standard input.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-pw2u", Run) }
