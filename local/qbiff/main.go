// Qbiff announces a message on the terminals of its recipient.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qbiff", Run) }
