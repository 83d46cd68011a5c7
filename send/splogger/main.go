// Command splogger hands the lines of its standard input to syslog.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("splogger", Run) }
