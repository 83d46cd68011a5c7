// qmail-newmvrt prepares control/morevalidrcptto for qmail-smtpd: it makes a
// constant database of it.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-newmvrt", Run) }
