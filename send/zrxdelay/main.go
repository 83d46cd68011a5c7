// Zrxdelay lists recipients in the best order for a mailing list.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zrxdelay", Run) }
