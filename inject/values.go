package inject

import (
	"bufio"
	"io"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/message"
)

// exitNone says that a message has none of the fields that were asked for.
const exitNone = 100

// What goes wrong with the programs that print parts of messages.
const (
	msgRead  = "unable to read input"
	msgWrite = "unable to write output"
)

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
		return p.FatalSys(cmd.ExitTemporary, msgRead, err)
	}
	if _, err := p.Stdout.WriteString(out.String()); err != nil {
		return p.FatalSys(cmd.ExitTemporary, msgWrite, err)
	}
	if !found {
		return cmd.Silent(exitNone)
	}
	return nil
}

// PrintRest writes start and then all that is left of in to p's standard
// output.
func PrintRest(p *cmd.Proc, start string, in io.Reader) error {
	w := &printer{w: p.Stdout}
	_, err := io.WriteString(w, start)
	if err == nil {
		_, err = io.Copy(w, in)
	}
	switch {
	case w.failed:
		return p.FatalSys(cmd.ExitTemporary, msgWrite, err)
	case err != nil:
		return p.FatalSys(cmd.ExitTemporary, msgRead, err)
	}
	return nil
}

// printer tells its errors from those of reading.
type printer struct {
	w      io.Writer
	failed bool
}

func (w *printer) Write(b []byte) (int, error) {
	n, err := w.w.Write(b)
	w.failed = w.failed || err != nil
	return n, err
}
