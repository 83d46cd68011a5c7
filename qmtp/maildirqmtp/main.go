// Maildirqmtp sends the messages of a Maildir to a host by QMTP.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("maildirqmtp", Run) }
