// Command tcpserver takes TCP connections and runs a program for each.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("tcpserver", Run) }
