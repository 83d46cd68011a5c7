// Command sslserver takes TLS connections and runs a program for each.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("sslserver", Run) }
