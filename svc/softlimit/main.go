// Softlimit runs a program with new resource limits.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("softlimit", Run) }
