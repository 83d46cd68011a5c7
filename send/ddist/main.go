// Ddist prints the distribution of delivery delays, as zddist does, without titles.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("ddist", Run) }
