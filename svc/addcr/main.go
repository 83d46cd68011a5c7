// Addcr puts a carriage return before each newline.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("addcr", Run) }
