// Argv0 runs a program under another name.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("argv0", Run) }
