// qmail-remote hands a message to a host by SMTP, for one or more recipients.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-remote", Run) }
