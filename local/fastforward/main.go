// Fastforward forwards a message as a forwarding database says.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("fastforward", Run) }
