package inject

import (
	"bufio"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/message"
)

// exitNone says that a message has none of the fields that were asked for.
const exitNone = 100

// PrintFields is Run of the programs that print fields: what each of those
// with one of the names says, in the message on p's standard input, a line for
// each in the message's order. Without names it is Subject.
func PrintFields(p *cmd.Proc, names []string) error {
	if len(names) == 0 {
		names = []string{"subject"}
	}
	var out strings.Builder
	found := false
	err := message.Fields(bufio.NewReader(p.Stdin), func(name, contents string) {
		for _, wanted := range names {
			if strings.EqualFold(name, wanted) {
				found = true
				out.WriteString(contents + "\n")
				return
			}
		}
	})
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read input", err)
	}
	if _, err := p.Stdout.WriteString(out.String()); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	if !found {
		return cmd.Silent(exitNone)
	}
	return nil
}
