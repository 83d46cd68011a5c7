// Command qmail-inject reads a mail message, completes its header and sends
// it to the recipients that its arguments or its header name.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("qmail-inject", Run) }
