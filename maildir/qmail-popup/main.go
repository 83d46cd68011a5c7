// Command qmail-popup asks a POP3 client for a name and a password and hands
// them, with the connection, to a program that checks them.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-popup", Run) }
