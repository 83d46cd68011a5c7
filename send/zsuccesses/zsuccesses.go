package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/send/analog"
)

// Run reads matchup's output and prints the report.
func Run(p *cmd.Proc) error { return analog.PrintReport(p, analog.Successes()) }
