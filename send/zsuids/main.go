// Zsuids tells what came from each user.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zsuids", Run) }
