package main

import (
	"bufio"
	"os"
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/home"
	"qmailkit/internal/ids"
	"qmailkit/internal/printable"
	"qmailkit/internal/queue"
	"qmailkit/internal/spawn"
)

const trouble = "Oops! Trouble reading this file.\n"

// Run prints what is fixed in this home, what each control file says, and
// which files in control/ mean nothing.
func Run(p *cmd.Proc) error {
	fixed, err := fixed(p)
	if err != nil {
		return cmd.Say(cmd.ExitTemporary, "fatal: "+err.Error())
	}
	s := &show{dir: control.Dir(p.InHome("control")), w: bufio.NewWriter(p.Stdout)}
	s.w.WriteString(fixed)
	oops := s.controls(p)
	s.w.WriteString(oops)
	if err := s.w.Flush(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	if oops != "" {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return nil
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
	dir control.Dir
	w   *bufio.Writer

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
	for _, f := range files {
		f.describe(s, f.name)
		known[f.name] = true
	}
	s.describeAdded(known)
	for _, name := range s.names {
		if !known[name] {
			s.begin(name)
			s.w.WriteString("I have no idea what this file does.\n")
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

func (s *show) begin(name string) { s.w.WriteString("\n" + name + ": ") }

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
			s.w.WriteString("(Default.) " + before + def + after + ".\n")
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
			s.w.WriteString("(Default.) ")
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
		s.w.WriteString("(Default.) " + def + "\n")
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
