// Command datemail is sendmail for messages without a Date field: it gives
// them one that shows the local time.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("datemail", Run) }
