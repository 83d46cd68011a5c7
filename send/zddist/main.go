// Zddist tells how soon messages reached their recipients.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zddist", Run) }
