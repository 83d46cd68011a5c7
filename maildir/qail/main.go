// Qail moves new mail into the mbox and starts Mail.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qail", Run) }
