// Svup tells whether supervise has started a service.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("svup", Run) }
