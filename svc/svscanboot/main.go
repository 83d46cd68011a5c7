// Svscanboot starts svscan when the system does.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("svscanboot", Run) }
