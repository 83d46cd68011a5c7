// Printmaillist prints a binary mailing list as lines.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("printmaillist", Run) }
