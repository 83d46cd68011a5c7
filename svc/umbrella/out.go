package umbrella

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/printable"
	"qmailkit/internal/sys"
)

// JSON is the flag of every command that prints facts.
func JSON() cli.Flag { return &cli.BoolFlag{Name: "json", Usage: "print JSON"} }

// DryRun is the flag of every command that changes something.
func DryRun() cli.Flag {
	return &cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "change nothing; say what would be done"}
}

// Out is where a command prints its facts.
type Out struct {
	JSON   bool // the caller wants JSON
	Colour bool // the text goes to a terminal that shows colours
	w      *bufio.Writer
}

// NewOut returns the Out of a command that was called as c says.
func NewOut(p *cmd.Proc, c *cli.Context) *Out {
	o := &Out{JSON: c.Bool("json"), w: bufio.NewWriter(p.Stdout)}
	o.Colour = !o.JSON && colourful(p, p.Stdout)
	return o
}

// colourful: a terminal that is not asked for plain text (no-color.org).
func colourful(p *cmd.Proc, f *os.File) bool {
	return p.Getenv("NO_COLOR") == "" && p.Getenv("TERM") != "dumb" && sys.Terminal(f)
}

// Text prints text as it is; without effect where JSON is wanted.
func (o *Out) Text(text ...string) {
	if o.JSON {
		return
	}
	for _, s := range text {
		o.w.WriteString(s)
	}
}

// Facts prints v as one JSON document; without effect where text is wanted.
// Its fields carry json tags: names in small letters with _, times as RFC 3339
// in UTC, durations in seconds, sizes in bytes.
func (o *Out) Facts(v any) error {
	if !o.JSON {
		return nil
	}
	e := json.NewEncoder(o.w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(v)
}

// Fact prints v as a JSON document of one line, where a command's facts have no
// end; without effect where text is wanted.
func (o *Out) Fact(v any) error {
	if !o.JSON {
		return nil
	}
	e := json.NewEncoder(o.w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// Close writes out what is buffered. A command ends with it.
func (o *Out) Close() error {
	if err := o.w.Flush(); err != nil {
		return Fatal("unable to write output", err)
	}
	return nil
}

// Safe makes text from outside fit for a terminal.
func Safe(s string) string { return printable.Replace(s, '?') }

// Style is how a piece of text looks where there are colours.
type Style string

// The styles there are: nothing depends on them, the words say it too.
const (
	Good Style = "32"
	Warn Style = "33"
	Bad  Style = "31"
	Bold Style = "1"
	Dim  Style = "2"
)

// In returns text in a style, or as it is where there are no colours.
func (o *Out) In(style Style, text string) string {
	if !o.Colour || text == "" {
		return text
	}
	return "\x1b[" + string(style) + "m" + text + "\x1b[0m"
}

// Table prints rows whose columns stand below each other. The last column is
// as wide as it is, and the first row is a heading.
func (o *Out) Table(rows [][]string) {
	if o.JSON || len(rows) == 0 {
		return
	}
	var width []int
	for _, row := range rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len(cell))
		}
	}
	for n, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell)
			if i < len(row)-1 {
				line.WriteString(strings.Repeat(" ", width[i]-len(cell)+2))
			}
		}
		text := strings.TrimRight(line.String(), " ")
		if n == 0 {
			text = o.In(Bold, text)
		}
		o.w.WriteString(text + "\n")
	}
}
