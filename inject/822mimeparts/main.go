// 822mimeparts writes the MIME parts of a message to files.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("822mimeparts", Run) }
