// 822received prints the Received fields of a message so that the way that it
// has come can be read.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("822received", Run) }
