// Xrecipient prints what matchup says of the deliveries to one recipient.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("xrecipient", Run) }
