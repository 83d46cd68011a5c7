// Tcprules makes the database of rules by which tcpserver takes connections.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("tcprules", Run) }
