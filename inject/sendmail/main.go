// Command sendmail takes the options of sendmail and gives the work to
// qmail-inject, qmail-smtpd or qmail-qread.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("sendmail", Run) }
