// Setmaillist makes a binary mailing list of lines.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("setmaillist", Run) }
