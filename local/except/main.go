// Except turns the answer of a program around: success is failure, failure is success.
package main

import (
	_ "qmailkit/internal/brief"
	"qmailkit/internal/cmd"
)

func main() { cmd.Main("except", Run) }
