// Setuidgid runs a program under an account's uid and gid.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("setuidgid", Run) }
