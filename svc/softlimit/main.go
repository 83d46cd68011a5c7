// Softlimit runs a program with new resource limits.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("softlimit", Run) }
