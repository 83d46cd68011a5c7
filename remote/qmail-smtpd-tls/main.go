// Command qmail-smtpd-tls is qmail-smtpd with TLS and AUTH; qmail-smtpd becomes
// it when a session needs them.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-smtpd", Run) }
