// Readproctitle shows the last of its input in the list of processes.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("readproctitle", Run) }
