// rblsmtpd tells SMTP clients that are on a list of unwanted ones to go away,
// and runs an SMTP server for the others.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("rblsmtpd", Run) }
