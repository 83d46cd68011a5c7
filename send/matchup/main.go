// Matchup joins the lines of qmail-send's log that belong to one delivery or message.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("matchup", Run) }
