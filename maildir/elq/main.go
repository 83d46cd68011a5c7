// Elq moves new mail into the mbox and starts elm.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("elq", Run) }
