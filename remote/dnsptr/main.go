// dnsptr prints the name of an IP address.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("dnsptr", Run) }
