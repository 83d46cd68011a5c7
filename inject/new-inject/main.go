// New-inject reads a mail message, writes its header anew by rules that the
// user may set, and sends it to the recipients that its arguments or its
// header name.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("new-inject", Run) }
