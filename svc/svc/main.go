// Svc controls services.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("svc", Run) }
