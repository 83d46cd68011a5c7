// Setuser runs a program as an account: its ids, its groups, its home, its environment.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("setuser", Run) }
