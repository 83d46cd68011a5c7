// Command sslclient makes a TLS connection and runs a program on it.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("sslclient", Run) }
