package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/send/analog"
)

// Run reads matchup's output and prints the figures.
func Run(p *cmd.Proc) error {
	var figures analog.Overall
	return analog.Print(p, figures.Add, figures.Text)
}
