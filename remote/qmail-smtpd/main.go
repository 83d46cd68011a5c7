// Command qmail-smtpd receives mail by SMTP and hands it to the queue.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-smtpd", Run) }
