// Setlock runs a program with a file locked.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("setlock", Run) }
