// Tcp-env tells a program that has a TCP connection on its descriptor 0 who
// is there.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("tcp-env", Run) }
