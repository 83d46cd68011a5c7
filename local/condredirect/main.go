// Condredirect forwards a message to another address if a program says so.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("condredirect", Run) }
