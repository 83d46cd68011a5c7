// Ofmipd takes messages from mail readers by SMTP, completes them, and hands
// them to the queue.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("ofmipd", Run) }
