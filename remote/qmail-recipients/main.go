// qmail-recipients makes users/recipients.cdb of users/recipients, for the
// lines of control/recipients.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-recipients", Run) }
