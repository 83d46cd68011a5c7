// Zsuccesses tells how deliveries succeeded.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zsuccesses", Run) }
