// dnsmxip prints the addresses that take the mail for a domain.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("dnsmxip", Run) }
