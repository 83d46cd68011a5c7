// Serialqmtp sends files that are named on its input by QMTP.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("serialqmtp", Run) }
