// Package showctl describes the settings in force: what is fixed in a home,
// what each control file says, and which files in control/ mean nothing. It is
// what qmail-showctl(8) prints.
package showctl

import (
	"os"
	"slices"
	"strconv"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/home"
	"qmailkit/internal/ids"
	"qmailkit/internal/printable"
	"qmailkit/internal/queue"
	"qmailkit/internal/spawn"
)

const trouble = "Oops! Trouble reading this file.\n"

// Setting is what there is to say of a control file.
type Setting struct {
	Name    string
	Text    string // one or more lines, each with its newline
	Default bool   // the file is not there, and this is what holds then
	Unknown bool   // no program reads a file of that name
}

// Settings is everything.
type Settings struct {
	Fixed string // lines about what does not come from control files
	Files []Setting
	Oops  string // why nothing, or not all, can be said
}

// Describe looks at the home of p. Its error is of users that the machine does
// not have.
func Describe(p *cmd.Proc) (*Settings, error) {
	fixed, err := fixed(p)
	if err != nil {
		return nil, err
	}
	s := &show{dir: control.Dir(p.InHome("control"))}
	oops := s.controls(p)
	s.end()
	return &Settings{Fixed: fixed, Files: s.settings, Oops: oops}, nil
}

// fixed describes what does not come from control files.
func fixed(p *cmd.Proc) (string, error) {
	users, err := numbers(ids.Of(p.Home).User, ids.Alias, ids.Daemon, ids.Log, "root", ids.Passwd, ids.Queue, ids.Remote, ids.Send)
	if err != nil {
		return "", err
	}
	groups, err := numbers(ids.Of(p.Home).Group, ids.GroupNofiles, ids.GroupQueue)
	if err != nil {
		return "", err
	}
	split := "unknown: the queue cannot be read"
	if q, err := queue.Open(p.InHome("queue")); err == nil {
		split = strconv.FormatUint(q.Split, 10)
	}
	return "qmail home directory: " + p.Home + ".\n" +
		"user-ext delimiter: " + home.Break() + ".\n" +
		"paternalism (in decimal): " + strconv.FormatUint(uint64(home.Patrn()), 10) + ".\n" +
		"silent concurrency limit: " + strconv.Itoa(spawn.Limit) + ".\n" +
		"subdirectory split: " + split + ".\n" +
		"user ids: " + users + ".\n" +
		"group ids: " + groups + ".\n", nil
}

func numbers(look func(string) (uint32, error), names ...string) (list string, err error) {
	for i, name := range names {
		id, err := look(name)
		if err != nil {
			return "", err
		}
		if i > 0 {
			list += ", "
		}
		list += strconv.FormatUint(uint64(id), 10)
	}
	return list, nil
}

// show writes paragraphs about control files.
type show struct {
	dir      control.Dir
	w        strings.Builder // of the file that is being described
	name     string          // of that, "" before the first
	settings []Setting

	me     string // control/me
	haveMe bool

	names []string // what is in dir, in the order in which the system lists it
}

// controls describes every control file, or returns why it cannot.
func (s *show) controls(p *cmd.Proc) (oops string) {
	if _, err := os.Stat(p.Home + "/."); err != nil {
		return "Oops! Unable to chdir to " + p.Home + ".\n"
	}
	if _, err := os.Stat(string(s.dir) + "/."); err != nil {
		return "Oops! Unable to chdir to control.\n"
	}
	var err error
	if s.names, err = s.list(); err != nil {
		return "Oops! Unable to open current directory.\n"
	}
	if s.me, s.haveMe, err = s.dir.Line("me"); err != nil {
		return "Oops! Trouble reading control/me."
	}
	known := map[string]bool{}
	for _, f := range files() {
		f.describe(s, f.name)
		known[f.name] = true
	}
	s.describeAdded(known)
	for _, name := range s.names {
		if !known[name] {
			s.begin(name)
			s.w.WriteString(noIdea)
		}
	}
	return ""
}

// list reads the folder.
func (s *show) list() ([]string, error) {
	f, err := os.Open(string(s.dir))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}

const (
	byDefault = "(Default.) "
	noIdea    = "I have no idea what this file does.\n"
)

func (s *show) begin(name string) {
	s.end()
	s.name = name
}

// end takes what has been said of a file.
func (s *show) end() {
	if s.name != "" {
		text := s.w.String()
		s.settings = append(s.settings, Setting{s.name, text, strings.HasPrefix(text, byDefault), text == noIdea})
	}
	s.name = ""
	s.w.Reset()
}

// number, text and list describe a file of their kind.
func number(def, before, after string) describe {
	return func(s *show, name string) {
		s.begin(name)
		n, ok, err := s.dir.Int(name)
		switch {
		case err != nil:
			s.w.WriteString(trouble)
		case ok:
			s.w.WriteString(before + strconv.Itoa(n) + after + ".\n")
		default:
			s.w.WriteString(byDefault + before + def + after + ".\n")
		}
	}
}

func text(useMe bool, def, before string) describe {
	return func(s *show, name string) {
		s.begin(name)
		line, ok, err := s.dir.Line(name)
		if err != nil {
			s.w.WriteString(trouble)
			return
		}
		if !ok {
			s.w.WriteString(byDefault)
			line = def
			if useMe && s.haveMe {
				line = s.me
			}
		}
		s.w.WriteString(before + printable.Replace(line, '?') + ".\n")
	}
}

func list(def, before, after string) describe {
	return func(s *show, name string) { s.lines(name, def, before, after) }
}

func (s *show) lines(name, def, before, after string) (there bool) {
	return s.linesBy(func(line string) string { return line }, name, def, before, after)
}

// linesBy shows the lines as change makes them.
func (s *show) linesBy(change func(string) string, name, def, before, after string) (there bool) {
	s.begin(name)
	lines, ok, err := s.dir.Lines(name)
	switch {
	case err != nil:
		s.w.WriteString(trouble)
		return true
	case !ok:
		s.w.WriteString(byDefault + def + "\n")
		return false
	}
	s.w.WriteString("\n")
	for _, line := range lines {
		s.w.WriteString(before + printable.Replace(change(line), '?') + after + "\n")
	}
	return true
}

// rcpthosts describes the three files that decide together.
func rcpthosts(s *show, name string) {
	const accepted = "SMTP clients may send messages to recipients at "
	if s.lines(name, "SMTP clients may send messages to any recipient.", accepted, ".") {
		s.lines("morercpthosts", "No effect.", accepted, ".")
	} else {
		s.lines("morercpthosts", "No rcpthosts; morercpthosts is irrelevant.", "No rcpthosts; doesn't matter that morercpthosts has ", ".")
	}
	s.begin("morercpthosts.cdb")
	s.w.WriteString(s.tableState() + "\n")
}

func (s *show) tableState() string {
	source, serr := os.Stat(string(s.dir) + "/morercpthosts")
	table, terr := os.Stat(string(s.dir) + "/morercpthosts.cdb")
	switch {
	case serr != nil && terr != nil:
		return "(Default.) No effect."
	case serr != nil:
		return "Oops! morercpthosts.cdb exists but morercpthosts doesn't."
	case terr != nil:
		return "Oops! morercpthosts exists but morercpthosts.cdb doesn't."
	case source.ModTime().Unix() > table.ModTime().Unix():
		return "Oops! morercpthosts.cdb is older than morercpthosts."
	}
	return "Modified recently enough; hopefully up to date."
}

// Known tells whether qmail-control(5) has a file called name.
func Known(name string) bool {
	called := func(f file) bool { return f.name == name }
	return slices.ContainsFunc(files(), called) || slices.ContainsFunc(addedFiles(), called)
}
