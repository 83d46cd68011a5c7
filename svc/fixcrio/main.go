// Command fixcrio puts missing carriage returns into a program's input and
// output.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("fixcrio", Run) }
