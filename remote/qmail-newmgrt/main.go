// qmail-newmgrt prepares control/moregoodrcptto for qmail-smtpd: it makes
// control/moregoodrcptto.cdb of it.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-newmgrt", Run) }
