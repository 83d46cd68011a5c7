// Pinq moves new mail into the mbox and starts pine.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("pinq", Run) }
