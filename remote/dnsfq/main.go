// dnsfq prints the full name of a host.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("dnsfq", Run) }
