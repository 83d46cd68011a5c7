// 822header prints the header of a message.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("822header", Run) }
