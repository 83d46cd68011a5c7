// Package umbrella is the frame of the command qmail(8). Each of its commands
// is a package below this one whose Command(p) returns a *cli.Command; the
// list of them stands in svc/qmail. The frame gives each its --help, takes
// options before and after arguments, completes words for shells, and turns
// errors into the exit codes of the page:
//
//	0    done
//	1    done, and something is wrong that the command was asked to find
//	100  called wrongly, or trying again will not help (cmd.Permanent)
//	111  trying again may help
//
// A command returns errors as every Run does, prints facts by Out, and touches
// nothing of the outside but by its Proc. Its Action may be run many at once:
// flags belong to the *cli.Command and are made anew for each Proc. Flags are
// never Required, because package cli has words of its own for that; the
// command asks for what it misses by Usage.
package umbrella

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
)

// ExitFound is the exit code of a command that found what it looks for to be
// wrong; return cmd.Silent(ExitFound) for it.
const ExitFound = 1

const about = `Everything that it prints as text it prints as JSON too, with --json. What changes
something takes --dry-run, and then only says what it would do.

   qmail queue list --older 1d      what has been waiting for a day
   qmail queue list --help          how to choose messages
   qmail trace joe@example.org      where mail for an address would go, and why
   qmail completion bash            completion of words, to be put into a shell's start file

qmail(8) is the manual page, and qmail(7) tells about the system.`

// Run finds the command that p.Args name and runs it.
func Run(p *cmd.Proc, commands []*cli.Command) error {
	commands = append(commands, completion(p), complete(p, commands))
	app := &cli.App{
		Name: "qmail", HelpName: "qmail", Usage: "shows, explains and mends a qmail installation",
		UsageText: "qmail COMMAND [OPTIONS] [ARGUMENTS]", Description: about,
		Commands: commands, Flags: []cli.Flag{help()}, Action: unknown, OnUsageError: wrong,
		HideHelp: true, HideHelpCommand: true, HideVersion: true,
		Reader: p.Stdin, Writer: p.Stdout, ErrWriter: p.Stderr,
		ExitErrHandler: func(*cli.Context, error) {},
	}
	prepare(commands)
	args := ordered(&cli.Command{Subcommands: commands, Flags: app.Flags}, p.Args)
	return app.Run(append([]string{"qmail"}, args...))
}

// prepare gives each command what all have. Package cli's own help flag is one
// for all programs of a process, and is written to.
func prepare(commands []*cli.Command) {
	for _, c := range commands {
		c.HideHelp = true
		c.OnUsageError = wrong
		if !c.SkipFlagParsing {
			c.Flags = append(c.Flags, help())
		}
		if c.Action == nil {
			c.Action = unknown
		}
		for _, f := range c.Flags {
			if b, ok := f.(*cli.BoolFlag); ok {
				b.DisableDefaultText = true
			}
		}
		prepare(c.Subcommands)
	}
}

func help() cli.Flag {
	return &cli.BoolFlag{Name: "help", Aliases: []string{"h"}, Usage: "say what this does and how it is called", DisableDefaultText: true}
}

// unknown is the action of what needs one of its commands named.
func unknown(c *cli.Context) error {
	name := c.Args().First()
	if name == "" {
		if c.Command.HelpName == "qmail" {
			return cli.ShowAppHelp(c)
		}
		return cli.ShowSubcommandHelp(c)
	}
	text := "there is no command " + name
	if near := cli.SuggestCommand(c.Command.Subcommands, name); near != "" {
		text += ": " + near
	}
	return Usage(c, text)
}

// wrong is what package cli has to say about flags.
func wrong(c *cli.Context, err error, _ bool) error { return Usage(c, err.Error()) }

// Usage ends the program because it was called wrongly: problem, and where to
// read how to call it.
func Usage(c *cli.Context, problem string) error {
	return cmd.Say(cmd.ExitPermanent, "qmail: "+problem+"\nTry: "+c.Command.HelpName+" --help")
}

// Fatal ends the program with err behind a description of what was tried.
func Fatal(what string, err error) error { return &trouble{what, err} }

// NoLog is Fatal of the logs that cannot be read.
func NoLog(err error) error { return Fatal("unable to read the log", err) }

type trouble struct {
	what string
	err  error
}

func (t *trouble) Error() string { return t.what + ": " + reason(t.err) }
func (t *trouble) Unwrap() error { return t.err }

// reason is an error with the file that it is about, and without the name of
// the system call.
func reason(err error) string {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		return path.Path + ": " + path.Err.Error()
	case errors.As(err, &link):
		return link.Old + ": " + link.Err.Error()
	}
	return err.Error()
}

// ordered puts the options of each command before its arguments, where package
// flag wants them. After "--" nothing is an option.
func ordered(c *cli.Command, words []string) []string {
	var options, arguments []string
	for i := 0; i < len(words); i++ {
		word := words[i]
		if c.SkipFlagParsing {
			return append(append(options, arguments...), words[i:]...)
		}
		switch sub := c.Command(word); {
		case word == "--":
			return append(append(append(options, "--"), arguments...), words[i+1:]...)
		case len(word) > 1 && word[0] == '-':
			options = append(options, word)
			if takesValue(c, word) && i+1 < len(words) {
				i++
				options = append(options, words[i])
			}
		case sub != nil && len(arguments) == 0:
			return append(append(options, word), ordered(sub, words[i+1:])...)
		default:
			arguments = append(arguments, word)
		}
	}
	return append(options, arguments...)
}

// takesValue tells whether the word after an option belongs to it.
func takesValue(c *cli.Command, option string) bool {
	f := flagOf(c, strings.TrimLeft(option, "-"))
	doc, ok := f.(cli.DocGenerationFlag)
	return ok && doc.TakesValue()
}

// flagOf returns the flag of c with that name, or nil.
func flagOf(c *cli.Command, name string) cli.Flag {
	for _, f := range c.Flags {
		for _, n := range f.Names() {
			if n == name {
				return f
			}
		}
	}
	return nil
}
