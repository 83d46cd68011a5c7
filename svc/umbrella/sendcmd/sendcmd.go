// Package sendcmd is "qmail send": a message by hand.
package sendcmd

import (
	"errors"
	"io"
	"os/exec"
	"strings"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
)

const about = `The text is read from standard input, or is that of --text. What is missing of the header
is added by qmail-inject(8), which also says who the sender is. With --message, standard
input is a whole message with its header, and goes to the given addresses as it is.

   df | qmail send --subject "disks of $(hostname)" root
   qmail send --text "see you" --subject lunch --cc ann@example.org joe@example.org`

// fields are the options that become header fields.
var fields = [...]struct{ option, field, usage string }{
	{"from", "From", "the author, `ADDRESS`, or name and address"},
	{"cc", "Cc", "a copy to `ADDRESS`"},
	{"reply-to", "Reply-To", "answers go to `ADDRESS`"},
	{"subject", "Subject", "`WORDS` about the message"},
}

// Command is "qmail send".
func Command(p *cmd.Proc) *cli.Command {
	flags := []cli.Flag{}
	for _, f := range fields {
		flags = append(flags, &cli.StringFlag{Name: f.option, Usage: f.usage})
	}
	return &cli.Command{
		Name: "send", Usage: "send a message", ArgsUsage: "ADDRESS...", Description: about, Category: "Mail",
		Flags: append(flags,
			&cli.StringFlag{Name: "bcc", Usage: "a copy to `ADDRESS` that nobody hears of"},
			&cli.StringFlag{Name: "sender", Usage: "bounces go to `ADDRESS`"},
			&cli.StringFlag{Name: "text", Usage: "the text, instead of standard input"},
			&cli.BoolFlag{Name: "message", Usage: "standard input is a whole message"},
			&cli.BoolFlag{Name: "dry-run", Aliases: []string{"n"}, Usage: "send nothing; print the message as it would be sent"}),
		Action: func(c *cli.Context) error { return run(p, c) },
	}
}

func run(p *cmd.Proc, c *cli.Context) error {
	to := c.Args().Slice()
	if len(to) == 0 {
		return umbrella.Usage(c, "to whom?")
	}
	header, err := header(c, to)
	if err != nil {
		return err
	}
	input := io.Reader(p.Stdin)
	if c.IsSet("text") {
		input = strings.NewReader(c.String("text") + "\n")
	}
	args := []string{"-a"}
	if c.Bool("dry-run") {
		args = append(args, "-n")
	}
	if c.IsSet("sender") {
		args = append(args, "-f"+c.String("sender"))
	}
	args = append(append(args, "--"), to...)
	for _, name := range []string{"cc", "bcc"} {
		if address := c.String(name); address != "" {
			args = append(args, address)
		}
	}
	return inject(p, args, io.MultiReader(strings.NewReader(header), input))
}

// header writes the fields that were asked for, and the empty line.
func header(c *cli.Context, to []string) (string, error) {
	if c.Bool("message") {
		for _, f := range fields {
			if c.IsSet(f.option) {
				return "", umbrella.Usage(c, "--"+f.option+" is for messages that have no header yet")
			}
		}
		return "", nil
	}
	if strings.ContainsAny(strings.Join(values(c, to), ""), "\n\r\x00") {
		return "", umbrella.Usage(c, "a field of the header cannot have more than one line")
	}
	text := "To: " + strings.Join(to, ", ") + "\n"
	for _, f := range fields {
		if value := c.String(f.option); value != "" {
			text += f.field + ": " + value + "\n"
		}
	}
	return text + "\n", nil
}

// values are all that goes into the header.
func values(c *cli.Context, to []string) []string {
	for _, f := range fields {
		to = append(to[:len(to):len(to)], c.String(f.option))
	}
	return to
}

// inject runs qmail-inject, whose words and exit code become ours.
func inject(p *cmd.Proc, args []string, message io.Reader) error {
	child := exec.Command(p.InHome("bin", "qmail-inject"), args...)
	child.Args[0] = "qmail-inject"
	child.Dir, child.Env = p.Dir, p.Env
	child.Stdin, child.Stdout, child.Stderr = message, p.Stdout, p.Stderr
	err := child.Run()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &exit) && exit.Exited():
		return cmd.Silent(exit.ExitCode())
	}
	return umbrella.Fatal("unable to run qmail-inject", err)
}
