package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/send/analog"
)

// Run prints the lines of matchup's output that its argument asks for.
func Run(p *cmd.Proc) error {
	want := "<" + analog.Word(p) + ">"
	return analog.Select(p, func(r analog.Record) bool {
		switch r := r.(type) {
		case *analog.Message:
			return r.Sender == want
		case *analog.Delivery:
			return r.Sender == want
		}
		return false
	})
}
