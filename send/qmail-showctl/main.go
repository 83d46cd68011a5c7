// Command qmail-showctl explains how this qmail home is set up.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-showctl", Run) }
