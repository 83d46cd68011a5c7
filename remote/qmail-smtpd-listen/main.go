// Command qmail-smtpd-listen takes SMTP connections and serves them all: it is
// tcpserver and qmail-smtpd in one process.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-smtpd-listen", Run) }
