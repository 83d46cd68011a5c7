// Xsender prints what matchup says of one sender's messages.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("xsender", Run) }
