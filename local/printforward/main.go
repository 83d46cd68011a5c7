// Printforward prints a forwarding database as a table.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("printforward", Run) }
