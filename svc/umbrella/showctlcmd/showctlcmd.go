// Package showctlcmd is "qmail showctl": the settings in force.
package showctlcmd

import (
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/send/showctl"
	"qmailkit/svc/umbrella"
)

// setting is a showctl.Setting as JSON has it.
type setting struct {
	Name    string   `json:"name"`
	Default bool     `json:"default"`
	Unknown bool     `json:"unknown"`
	Says    []string `json:"says"`
}

type facts struct {
	Fixed []string  `json:"fixed"`
	Files []setting `json:"files"`
}

// Command is "qmail showctl".
func Command(p *cmd.Proc) *cli.Command {
	return &cli.Command{
		Name: "showctl", Usage: "print the settings in force", ArgsUsage: "[FILE...]", Category: "The installation",
		Description: `What qmail-showctl(8) prints, or of that only the control files that are named. With
--changed, only files that are there.`,
		Flags:  []cli.Flag{umbrella.JSON(), &cli.BoolFlag{Name: "changed", Usage: "leave out what has its default"}},
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

func run(p *cmd.Proc, c *cli.Context) error {
	s, err := showctl.Describe(p)
	if err != nil {
		return err
	}
	out := umbrella.NewOut(p, c)
	wanted := c.Args().Slice()
	f := facts{Fixed: lines(s.Fixed), Files: []setting{}}
	if len(wanted) == 0 {
		out.Text(s.Fixed)
	}
	for _, file := range s.Files {
		if len(wanted) > 0 && !slices.Contains(wanted, file.Name) || file.Default && c.Bool("changed") {
			continue
		}
		style := umbrella.Bold
		if file.Unknown {
			style = umbrella.Warn
		}
		out.Text("\n", out.In(style, umbrella.Safe(file.Name)), ": ", file.Text)
		f.Files = append(f.Files, setting{file.Name, file.Default, file.Unknown, lines(file.Text)})
	}
	if err := out.Facts(f); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	if s.Oops != "" {
		return &cmd.Exit{Code: cmd.ExitTemporary, Text: "qmail: " + strings.TrimSuffix(s.Oops, "\n") + "\n"}
	}
	return nil
}

// lines are the lines of a text that have something in them.
func lines(text string) []string {
	list := strings.Split(text, "\n")
	return slices.DeleteFunc(list, func(line string) bool { return line == "" })
}
