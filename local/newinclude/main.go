// Newinclude makes a binary mailing list of an :include: file.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("newinclude", Run) }
