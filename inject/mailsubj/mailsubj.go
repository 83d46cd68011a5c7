package main

import (
	"strings"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
)

const usage = "mailsubj subject recip ..."

// Run is mailsubj. Its exit code is that of qmail-inject.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	header := line("Subject: "+p.Args[0]) + line(strings.Join(append([]string{"To:"}, p.Args[1:]...), " ")) + "\n"
	return child.Filter(p, []string{p.InHome("bin", "qmail-inject")}, header)
}

// line keeps an argument from starting a field of its own, or the body.
func line(s string) string { return strings.ReplaceAll(s, "\n", " ") + "\n" }
