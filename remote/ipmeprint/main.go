// ipmeprint prints the addresses of this machine.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("ipmeprint", Run) }
