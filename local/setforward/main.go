// Setforward makes a forwarding database of a table.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("setforward", Run) }
