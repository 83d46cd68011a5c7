// Envuidgid runs a program with an account's uid and gid in its environment.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("envuidgid", Run) }
