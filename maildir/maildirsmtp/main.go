// Maildirsmtp sends the messages of a Maildir to a host by SMTP.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("maildirsmtp", Run) }
