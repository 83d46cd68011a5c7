package main

import (
	"bufio"
	"errors"
	"io"
	"strings"

	"qmailkit/internal/aliases"
	"qmailkit/internal/cmd"
)

var errFormat = errors.New("bad mailing list format")

// Run prints the list on its standard input; arguments have no effect. What
// follows the last NUL is a mistake, which is noticed after all else has been
// printed.
func Run(p *cmd.Proc) error {
	out := bufio.NewWriter(p.Stdout)
	in := &lastByte{r: p.Stdin}
	err := aliases.Entries(in, func(entry string) error {
		if strings.Contains(entry, "\n") || !aliases.Followed(entry) {
			return errFormat
		}
		out.WriteString(entry)
		return out.WriteByte('\n')
	})
	var unread *aliases.InputError
	switch {
	case errors.Is(err, errFormat):
		return p.Fatal(cmd.ExitPermanent, errFormat.Error())
	case errors.As(err, &unread):
		return p.FatalSys(cmd.ExitTemporary, "unable to read input", unread.Err)
	}
	if err := out.Flush(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	if in.last != 0 {
		return p.Fatal(cmd.ExitPermanent, errFormat.Error())
	}
	return nil
}

// lastByte remembers the last byte that was read; 0 before the first.
type lastByte struct {
	r    io.Reader
	last byte
}

func (l *lastByte) Read(b []byte) (int, error) {
	n, err := l.r.Read(b)
	if n > 0 {
		l.last = b[n-1]
	}
	return n, err
}
