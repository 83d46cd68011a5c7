package main

import (
	"bufio"
	"slices"
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/localtime"
	"qmailkit/internal/mess822"
	"qmailkit/internal/message"
)

const (
	msgRead  = "unable to read input"
	msgWrite = "unable to write output"
)

// noTime is as wide as a time.
const noTime = "\t\t\t"

// newLine goes on behind where the time stands.
const newLine = "\n" + noTime + " "

// Run prints the Received fields of the message on p's standard input, the
// oldest first.
func Run(p *cmd.Proc) error {
	var list []string
	size := 0
	err := message.Fields(bufio.NewReader(p.Stdin), func(name, contents string) {
		if strings.EqualFold(name, "received") && size+len(contents) <= maxSize {
			size += len(contents)
			list = append(list, contents)
		}
	})
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, msgRead, err)
	}
	zone := localtime.Zone(p)
	out := bufio.NewWriter(p.Stdout)
	for _, contents := range slices.Backward(list) {
		date := noTime
		if d, ok := mess822.When(contents); ok {
			date = d.At().In(zone).Format(time.ANSIC)
		}
		out.WriteString(date + " " + layout(mess822.Tokens(contents)) + "\n")
	}
	if err := out.Flush(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, msgWrite, err)
	}
	return nil
}

// maxSize bounds what is kept of the fields, in bytes.
const maxSize = 16 << 20

// layout puts each part of a field, from, by, for, id and the date, on a line
// of its own, white space gathered.
func layout(tokens []mess822.Token) string {
	var b strings.Builder
	const (
		start = iota
		inside
		afterSpace
		inDate
	)
	place := start
	for _, t := range tokens {
		switch t.Kind {
		case mess822.Space:
			if place == inside || place == inDate {
				b.WriteByte(' ')
			}
			if place == inside {
				place = afterSpace
			}
			continue
		case ';':
			if place == inside || place == afterSpace {
				b.WriteString(newLine)
			}
			place = inDate
		case mess822.Word:
			if place == afterSpace && isPart(t.Text) {
				b.WriteString(newLine)
			}
		}
		if t.Kind == mess822.Comment {
			b.WriteString("(" + t.Text + ")")
		} else {
			b.WriteString(t.Text)
		}
		if place != inDate {
			place = inside
		}
	}
	return b.String()
}

// isPart tells whether a word begins a part (RFC 822 section 4.1, "received").
func isPart(word string) bool {
	switch strings.ToLower(word) {
	case "from", "by", "for", "id":
		return true
	}
	return false
}
