// Columnt lays out a table in columns.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("columnt", Run) }
