// Command tcpclient makes a TCP connection and runs a program on it.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("tcpclient", Run) }
