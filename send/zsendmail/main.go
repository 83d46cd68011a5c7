// Zsendmail prints matchup's output as sendmail would have logged it.
package main

import "qmailkit/internal/cmd"

func main() { cmd.Main("zsendmail", Run) }
