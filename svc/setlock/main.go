// Setlock runs a program with a file locked.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("setlock", Run) }
