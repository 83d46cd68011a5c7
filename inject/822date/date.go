package main

import (
	"bufio"
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/localtime"
	"qmailkit/internal/mess822"
	"qmailkit/internal/message"
)

// exitNone says that there is no date.
const exitNone = 100

const (
	msgRead  = "unable to read input"
	msgWrite = "unable to write output"
)

// Run prints the date that the last field of the name that p's arguments begin
// with says, by default Date, in the message on p's standard input.
func Run(p *cmd.Proc) error {
	name := "date"
	if len(p.Args) > 0 {
		name = p.Args[0]
	}
	var date mess822.Time
	found := false
	err := message.Fields(bufio.NewReader(p.Stdin), func(field, contents string) {
		if strings.EqualFold(field, name) {
			if d, ok := mess822.When(contents); ok {
				date, found = d, true
			}
		}
	})
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, msgRead, err)
	}
	if !found {
		return cmd.Silent(exitNone)
	}
	at := date.At()
	utc := mess822.Of(at)
	text := date.ISO() + "\n" + utc.ISO() + "\n" + at.In(localtime.Zone(p)).Format(time.ANSIC) + "\n"
	if _, err := p.Stdout.WriteString(text); err != nil {
		return p.FatalSys(cmd.ExitTemporary, msgWrite, err)
	}
	return nil
}
