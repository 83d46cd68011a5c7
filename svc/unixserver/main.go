// Command unixserver takes connections to a Unix socket and runs a program for
// each.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("unixserver", Run) }
