// Serialsmtp sends files that are named on its input by SMTP.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("serialsmtp", Run) }
