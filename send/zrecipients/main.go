// Zrecipients tells what went to each recipient.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zrecipients", Run) }
