// qmail-tcpok makes qmail-remote forget which hosts did not answer.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-tcpok", Run) }
