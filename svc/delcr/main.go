// Delcr removes the carriage return before each newline.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("delcr", Run) }
