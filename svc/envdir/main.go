// Envdir runs a program with an environment that the files of a folder change.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("envdir", Run) }
