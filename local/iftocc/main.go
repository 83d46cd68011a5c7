// Iftocc tells whether a message is addressed to its recipient in To or Cc.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("iftocc", Run) }
