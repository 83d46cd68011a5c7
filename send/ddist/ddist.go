package main

import (
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/send/analog"
)

// Run reads matchup's output and prints the distribution.
func Run(p *cmd.Proc) error {
	var delays analog.Distribution
	return analog.Print(p, delays.Add, func() string {
		var b strings.Builder
		for _, row := range delays.Rows() {
			b.WriteString(row + "\n")
		}
		return b.String()
	})
}
