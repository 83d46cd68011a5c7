package main

import (
	"bufio"
	"errors"
	"os"
	"strings"

	"qmailkit/internal/addr"
	"qmailkit/internal/aliases"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
)

const usage = "newinclude list"

// maker is a run of the program.
type maker struct {
	*cmd.Proc
	names     *aliases.Names
	list      string
	temporary string
	out       *bufio.Writer
}

// Run makes LIST.bin of LIST by way of LIST.tmp, which stays after a mistake.
func Run(p *cmd.Proc) error {
	if _, err := os.Stat(p.Home); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+p.Home, err)
	}
	names, err := aliases.ReadNames(control.Dir(p.InHome("control")), p.LookupEnv)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read controls", err)
	}
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	m := &maker{Proc: p, names: names, list: p.Args[0], temporary: p.Args[0] + ".tmp"}
	return m.make()
}

func (m *maker) make() error {
	in, err := os.Open(m.Path(m.list))
	if err != nil {
		return m.unread(err)
	}
	defer in.Close()
	f, err := aliases.Create(m.Path(m.temporary))
	if err != nil {
		return m.unwritten(err)
	}
	defer f.Close()
	m.out = bufio.NewWriter(f)
	if err := aliases.Lines(in, m.line); err != nil {
		return m.failure(err)
	}
	if err := aliases.Finish(m.out, f); err != nil {
		return m.unwritten(err)
	}
	bin := m.list + ".bin"
	if err := aliases.Rename(m.Path(m.temporary), m.Path(bin)); err != nil {
		return m.FatalSys(cmd.ExitTemporary, "unable to move "+m.temporary+" to "+bin, err)
	}
	return nil
}

func (m *maker) unread(err error) error {
	return m.FatalSys(cmd.ExitTemporary, "unable to read "+m.list, err)
}

func (m *maker) unwritten(err error) error {
	return m.FatalSys(cmd.ExitTemporary, "unable to write to "+m.temporary, err)
}

func (m *maker) failure(err error) error {
	var exit *cmd.Exit
	var unread *aliases.InputError
	switch {
	case errors.As(err, &exit):
		return err
	case errors.As(err, &unread):
		return m.unread(unread.Err)
	}
	return m.unwritten(err)
}

func (m *maker) line(line string) error {
	if line[0] == '#' {
		return nil
	}
	err := aliases.NextLine(line, true, m.address)
	if errors.Is(err, addr.ErrSyntax) {
		return m.wrong("unable to parse this line: " + aliases.Printed(line))
	}
	return err
}

func (m *maker) wrong(text string) error { return m.Fatal(cmd.ExitTemporary, text) }

func (m *maker) address(a aliases.Address) error {
	switch {
	case a.Include:
		return m.include(a.Text)
	case a.Text == "":
		return nil
	case !a.HasAt && a.Text[0] == '/':
		return m.wrong("file delivery " + aliases.Printed(a.Text) + " not supported")
	case !a.HasAt && a.Text[0] == '|':
		return m.wrong("program delivery " + aliases.Printed(a.Text) + " not supported")
	}
	recipient := m.names.Domains(m.names.AtHost(a))
	switch {
	case strings.Contains(recipient, "\n"):
		return m.wrong("newlines not permitted in recipient addresses")
	case strings.Contains(recipient, "\x00"):
		return m.wrong("NUL not permitted in recipient addresses")
	case len(recipient) > aliases.MaxAddress:
		return m.wrong("addresses must be under 800 bytes")
	case strings.TrimRight(recipient, " \t") != recipient:
		return m.wrong("spaces and tabs not permitted at ends of addresses")
	}
	return m.entry("&" + recipient)
}

func (m *maker) include(name string) error {
	switch {
	case name == "":
		return m.wrong("empty :include: filenames not permitted")
	case strings.Contains(name, "\n"):
		return m.wrong("newlines not permitted in :include: filenames")
	case strings.Contains(name, "\x00"):
		return m.wrong("NUL not permitted in :include: filenames")
	}
	return m.entry(aliases.ListName(name))
}

func (m *maker) entry(s string) error {
	_, err := m.out.WriteString(s + "\x00")
	return err
}
