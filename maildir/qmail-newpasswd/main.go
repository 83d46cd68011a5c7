// qmail-newpasswd makes users/passwd.cdb of users/passwd: the users whose
// passwords checkpassword knows.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("qmail-newpasswd", Run) }
