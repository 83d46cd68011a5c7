// Zrhosts tells what went to each recipient's host.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zrhosts", Run) }
