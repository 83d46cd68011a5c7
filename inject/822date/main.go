// 822date prints the date of a message.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("822date", Run) }
