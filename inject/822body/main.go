// 822body prints the body of a message.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("822body", Run) }
