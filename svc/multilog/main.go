// Multilog reads lines and appends selected ones to logs that it keeps small.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("multilog", Run) }
