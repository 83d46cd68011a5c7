package analog

import (
	"bufio"

	"qmailkit/internal/cmd"
)

// The words of a program that cannot read its input or write its output.
const (
	msgRead  = "unable to read input"
	msgWrite = "unable to write output"
)

// Filter gives f each line of p's standard input; what f prints to out goes to
// standard output at last. end gets what follows the last newline, "" as a
// rule. The error ends p's program.
func Filter(p *cmd.Proc, f, end func(line string, out *bufio.Writer)) error {
	out := bufio.NewWriterSize(p.Stdout, 1<<16)
	var failed error
	rest, err := Lines(p.Stdin, func(line string) error {
		f(line, out)
		_, failed = out.Write(nil) // bufio keeps its first error
		return failed
	})
	if err != nil && failed == nil {
		return p.FatalSys(cmd.ExitTemporary, msgRead, err)
	}
	if failed == nil {
		end(rest, out)
		failed = out.Flush()
	}
	if failed != nil {
		return p.FatalSys(cmd.ExitTemporary, msgWrite, failed)
	}
	return nil
}

// Records gives f each line of matchup's output that p's standard input has,
// as a record and as it stands.
func Records(p *cmd.Proc, f func(r Record, line string, out *bufio.Writer), end func(out *bufio.Writer)) error {
	each := func(line string, out *bufio.Writer) { f(ParseRecord(line), line, out) }
	return Filter(p, each, func(rest string, out *bufio.Writer) {
		if rest != "" {
			each(rest, out)
		}
		end(out)
	})
}

// Print is Run of the programs that read matchup's output to its end and print
// a text: add is given each record.
func Print(p *cmd.Proc, add func(Record), text func() string) error {
	return Records(p, func(r Record, _ string, _ *bufio.Writer) { add(r) }, func(out *bufio.Writer) { out.WriteString(text()) })
}

// PrintReport is Run of a program that prints a report.
func PrintReport(p *cmd.Proc, r *Report) error { return Print(p, r.Add, r.Text) }

// Select is Run of the programs that print the lines of matchup's output for
// which keep says so.
func Select(p *cmd.Proc, keep func(Record) bool) error {
	return Records(p, func(r Record, line string, out *bufio.Writer) {
		if keep(r) {
			out.WriteString(line)
			out.WriteByte('\n')
		}
	}, func(*bufio.Writer) {})
}

// Word returns p's first argument; a missing one is empty, as the shell
// scripts that these programs once were have it.
func Word(p *cmd.Proc) string {
	if len(p.Args) == 0 {
		return ""
	}
	return p.Args[0]
}
