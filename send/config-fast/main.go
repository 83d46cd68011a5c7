// Config-fast sets up control files from a host name, without the DNS.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("config-fast", Run) }
