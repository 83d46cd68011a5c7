// Envini runs a program with the variables of an INI file in its environment.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("envini", Run) }
