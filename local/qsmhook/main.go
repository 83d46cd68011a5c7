// Qsmhook feeds a message to a program that was written as a mailer of sendmail.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qsmhook", Run) }
