// Command recordio logs a program's input and output.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("recordio", Run) }
