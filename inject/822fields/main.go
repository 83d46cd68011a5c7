// 822fields prints what several fields of a message's header say.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("822fields", Run) }
