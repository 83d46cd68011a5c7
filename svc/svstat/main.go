// Svstat shows what services are doing.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("svstat", Run) }
