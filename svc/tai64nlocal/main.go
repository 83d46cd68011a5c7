// Tai64nlocal makes time stamps at the beginning of lines readable.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("tai64nlocal", Run) }
