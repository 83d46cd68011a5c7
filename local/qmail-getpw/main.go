// Command qmail-getpw gives addresses to users: it prints which user is in
// charge of the local part of an address.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("qmail-getpw", Run) }
