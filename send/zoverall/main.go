// Zoverall prints the overall figures of a log.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zoverall", Run) }
