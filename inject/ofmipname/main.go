// Ofmipname makes the table of senders that ofmipd uses.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("ofmipname", Run) }
