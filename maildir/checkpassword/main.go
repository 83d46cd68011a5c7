// Command checkpassword checks a user's password and, where it is right, runs
// a program as that user.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("checkpassword", Run) }
