// Fghack keeps a program from running in the background.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("fghack", Run) }
