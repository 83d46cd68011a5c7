// Tai64n puts a time stamp before each line.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("tai64n", Run) }
