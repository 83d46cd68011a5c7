package main

import (
	"errors"
	"io"
	"strings"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cmd"
	"qmailkit/internal/mess822"
	"qmailkit/internal/message"
)

// maxField is how much of a field is looked at, in bytes.
const maxField = 16 << 20

// Run exits 0 when one of its arguments, or RECIPIENT when there are none, is
// in a To or Cc field of the message, and 100 when none is.
func Run(p *cmd.Proc) error {
	wanted := p.Args
	if len(wanted) == 0 {
		if recipient, set := p.LookupEnv("RECIPIENT"); set {
			wanted = []string{recipient}
		}
	}
	names := make(map[string]bool, len(wanted))
	for _, w := range wanted {
		names[aliases.Lower(w)] = true
	}
	r := message.NewReader(p.Stdin, maxField)
	found := false
	for {
		part, err := r.Next()
		if errors.Is(err, io.EOF) || err == nil && part.Body {
			break
		}
		if err != nil {
			return p.FatalSys(cmd.ExitTemporary, "unable to read input", err)
		}
		found = found || addressed(part.Text, names)
	}
	if found {
		return nil
	}
	return cmd.Silent(cmd.ExitPermanent)
}

func addressed(field []byte, names map[string]bool) bool {
	if !message.Is(field, "to") && !message.Is(field, "cc") {
		return false
	}
	contents := strings.ReplaceAll(string(message.Value(field)), "\n", "")
	for _, address := range mess822.Addresses(contents) {
		if names[aliases.Lower(address)] {
			return true
		}
	}
	return false
}
