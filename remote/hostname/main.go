// Hostname prints the name of this host.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("hostname", Run) }
