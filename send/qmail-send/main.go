// Qmail-send delivers the messages that qmail-queue puts into the queue. It
// hands local recipients to qmail-lspawn and remote ones to qmail-rspawn,
// tries again what cannot be delivered yet, and bounces what cannot be at all.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-send", Run) }
