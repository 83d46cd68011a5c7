// Zsenders tells what came from each sender.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zsenders", Run) }
