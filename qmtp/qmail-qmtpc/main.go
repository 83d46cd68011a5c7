// qmail-qmtpc hands a message to a host by QMTP, for one or more recipients.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-qmtpc", Run) }
