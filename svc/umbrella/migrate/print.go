package migrate

import (
	"strings"

	"qmailkit/svc/umbrella"
)

// print lists what there is, by kinds; programs that are only exchanged are
// one line.
func (s *Survey) print(out *umbrella.Out, home string) {
	out.Text(out.In(umbrella.Bold, home), ": programs of ", s.Origin, "\n")
	if s.Switched {
		out.Text("They have been switched already, at least some of them.\n")
	}
	for _, kind := range []struct{ name, title string }{
		{"program", "Programs"}, {"control", "Control files"}, {"variable", "Variables in run files and rules"}, {"service", "Scripts"}, {"cron", "Lines of crontabs"}, {"queue", "The queue"},
	} {
		var exchanged []string
		heading := "\n" + out.In(umbrella.Bold, kind.title) + "\n"
		for _, i := range s.Items {
			if i.Kind != kind.name {
				continue
			}
			out.Text(heading)
			heading = ""
			if i.Fate == Replaced {
				exchanged = append(exchanged, i.Name)
				continue
			}
			i.print(out)
		}
		if len(exchanged) > 0 {
			out.Text("  ", out.In(umbrella.Good, Replaced), ": ", umbrella.Safe(strings.Join(exchanged, " ")), "\n")
		}
	}
}

func (i Item) print(out *umbrella.Out) {
	mark, style := "  ", umbrella.Good
	switch {
	case i.Blocks:
		mark, style = "! ", umbrella.Bad
	case i.Fate == Unsupported:
		style = umbrella.Warn
	}
	out.Text(mark, umbrella.Safe(i.Name), ": ", out.In(style, i.Fate))
	if i.How != "" {
		out.Text(": ", umbrella.Safe(i.How))
	}
	if i.Kind == "variable" || i.Kind == "cron" {
		out.Text(" (", umbrella.Safe(i.Where), ")")
	}
	out.Text("\n")
}
