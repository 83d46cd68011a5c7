// Supervise starts a service and keeps it running.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("supervise", Run) }
