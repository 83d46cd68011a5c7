// 822print prints a message with its header made easy to read.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("822print", Run) }
