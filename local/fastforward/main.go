// Fastforward forwards a message as a forwarding database says.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("fastforward", Run) }
