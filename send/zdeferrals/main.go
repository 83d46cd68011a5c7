// Zdeferrals tells why deliveries were deferred.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zdeferrals", Run) }
