// Qreceipt answers a message that asks for a notice of its delivery.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qreceipt", Run) }
