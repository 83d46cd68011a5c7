// Config sets up control files from what the DNS knows of this host.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("config", Run) }
