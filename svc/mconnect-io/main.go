// Command mconnect-io connects standard input and output to the connection on
// descriptors 6 and 7.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("mconnect-io", Run) }
