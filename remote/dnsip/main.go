// dnsip prints the IP addresses of a host.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("dnsip", Run) }
