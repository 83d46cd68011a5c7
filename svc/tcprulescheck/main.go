// Tcprulescheck says what tcpserver would do with a connection.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("tcprulescheck", Run) }
