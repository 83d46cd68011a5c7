// Pgrphack runs a program in a process group of its own.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("pgrphack", Run) }
