// Envdir runs a program with an environment that the files of a folder change.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("envdir", Run) }
