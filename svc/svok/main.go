// Svok tells whether supervise is running.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("svok", Run) }
