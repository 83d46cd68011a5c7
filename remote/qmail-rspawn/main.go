// qmail-rspawn runs qmail-remote for each remote delivery that qmail-send asks
// for.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-rspawn", Run) }
