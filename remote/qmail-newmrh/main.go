// qmail-newmrh prepares control/morercpthosts for qmail-smtpd: it makes
// control/morercpthosts.cdb of it.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-newmrh", Run) }
