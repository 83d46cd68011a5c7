// qmail-tcpto shows the hosts that did not answer qmail-remote lately.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-tcpto", Run) }
