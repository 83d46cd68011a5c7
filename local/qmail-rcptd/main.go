// Qmail-rcptd tells qmail-smtpd whether there is a recipient, while the client
// waits, so that mail for nobody is refused and not bounced.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-rcptd", Run) }
