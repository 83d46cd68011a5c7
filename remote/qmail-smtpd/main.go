// Command qmail-smtpd receives mail by SMTP and hands it to the queue.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("qmail-smtpd", Run) }
