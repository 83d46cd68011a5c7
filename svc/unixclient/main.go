// Command unixclient connects to a Unix socket and runs a program on the
// connection.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("unixclient", Run) }
