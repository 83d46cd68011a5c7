// Command qmail-qmtpd receives mail by QMTP and hands it to the queue.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("qmail-qmtpd", Run) }
