// Maildir2mbox moves the mail of a Maildir into an mbox.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("maildir2mbox", Run) }
