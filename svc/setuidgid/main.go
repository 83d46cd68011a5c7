// Setuidgid runs a program under an account's uid and gid.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("setuidgid", Run) }
