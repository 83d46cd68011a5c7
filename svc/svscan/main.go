// Svscan starts and watches a collection of services.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("svscan", Run) }
