// 822field prints what a field of a message's header says.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("822field", Run) }
