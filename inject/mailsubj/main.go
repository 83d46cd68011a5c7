// Command mailsubj sends its standard input as a message with the subject and
// to the recipients that its arguments say.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("mailsubj", Run) }
