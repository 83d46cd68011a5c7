// Command qmail-qmtpd receives mail by QMTP and hands it to the queue.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-qmtpd", Run) }
