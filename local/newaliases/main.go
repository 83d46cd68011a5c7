// Newaliases makes a forwarding database of /etc/aliases.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("newaliases", Run) }
