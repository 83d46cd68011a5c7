package umbrella

import (
	"strings"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
)

// completeName is the hidden command that the shells' scripts call.
const completeName = "__complete"

// completion prints the script that teaches a shell.
func completion(p *cmd.Proc) *cli.Command {
	scripts := map[string]string{"bash": bashScript, "zsh": zshScript, "fish": fishScript}
	return &cli.Command{
		Name: "completion", Usage: "print what makes a shell complete qmail's words", ArgsUsage: "bash|zsh|fish",
		Description: `For bash, in ~/.bashrc:     eval "$(qmail completion bash)"
For zsh, in ~/.zshrc:       eval "$(qmail completion zsh)"
For fish, once:             qmail completion fish > ~/.config/fish/completions/qmail.fish`,
		Action: func(c *cli.Context) error {
			script, ok := scripts[c.Args().First()]
			if !ok || c.NArg() != 1 {
				return Usage(c, "which shell: bash, zsh or fish?")
			}
			if _, err := p.Stdout.WriteString(script); err != nil {
				return Fatal("unable to write output", err)
			}
			return nil
		},
	}
}

// complete prints what may stand in the place of the last of its arguments, a
// word a line, each with a tab and an explanation.
func complete(p *cmd.Proc, commands []*cli.Command) *cli.Command {
	return &cli.Command{
		Name: completeName, Hidden: true, SkipFlagParsing: true,
		Action: func(c *cli.Context) error {
			root := &cli.Command{Subcommands: append(commands, completion(p)), Flags: []cli.Flag{help()}}
			for _, candidate := range candidates(root, c.Args().Slice()) {
				if _, err := p.Stdout.WriteString(candidate + "\n"); err != nil {
					return Fatal("unable to write output", err)
				}
			}
			return nil
		},
	}
}

// candidates follows words, all but the last, down from c.
func candidates(c *cli.Command, words []string) []string {
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	plain := false // an argument has been seen: no command follows
	for i := 0; i < len(words)-1; i++ {
		word := words[i]
		switch sub := c.Command(word); {
		case word == "--":
			return nil
		case len(word) > 1 && word[0] == '-':
			if takesValue(c, word) {
				if i++; i == len(words)-1 {
					return nil // a value
				}
			}
		case sub != nil && !plain:
			c = sub
		default:
			plain = true
		}
	}
	if strings.HasPrefix(last, "-") {
		return flagCandidates(c, last)
	}
	if plain {
		return nil
	}
	var found []string
	for _, sub := range c.Subcommands {
		if !sub.Hidden && strings.HasPrefix(sub.Name, last) {
			found = append(found, sub.Name+"\t"+sub.Usage)
		}
	}
	if len(c.Subcommands) == 0 && strings.Contains(c.ArgsUsage, "|") && !strings.ContainsAny(c.ArgsUsage, " [") {
		for _, choice := range strings.Split(c.ArgsUsage, "|") {
			if strings.HasPrefix(choice, last) {
				found = append(found, choice+"\t")
			}
		}
	}
	return found
}

func flagCandidates(c *cli.Command, last string) (found []string) {
	for _, f := range c.Flags {
		doc, ok := f.(cli.DocGenerationFlag)
		if !ok {
			continue
		}
		if name := "--" + f.Names()[0]; strings.HasPrefix(name, last) {
			found = append(found, name+"\t"+doc.GetUsage())
		}
	}
	return found
}

const bashScript = `# bash completion of qmail
_qmail() {
  local IFS=$'\n'
  COMPREPLY=($("${COMP_WORDS[0]}" __complete "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | cut -f1))
}
complete -o default -F _qmail qmail
`

const zshScript = `#compdef qmail
_qmail() {
  local -a lines found
  lines=("${(@f)$("${words[1]}" __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
  local line
  for line in $lines; do
    found+=("${${line%%$'\t'*}//:/\\:}:${line#*$'\t'}")
  done
  if (( $#found )); then _describe qmail found; else _files; fi
}
if [ "$funcstack[1]" = _qmail ]; then _qmail "$@"; else compdef _qmail qmail; fi
`

const fishScript = `# fish completion of qmail
function __qmail_complete
  set -l words (commandline -opc) (commandline -ct)
  command qmail __complete $words[2..-1] 2>/dev/null
end
complete -c qmail -a '(__qmail_complete)'
`
