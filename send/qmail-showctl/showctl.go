package main

import (
	"bufio"

	"qmailkit/internal/cmd"
	"qmailkit/send/showctl"
)

// Run prints what is fixed in this home, what each control file says, and
// which files in control/ mean nothing.
func Run(p *cmd.Proc) error {
	s, err := showctl.Describe(p)
	if err != nil {
		return cmd.Say(cmd.ExitTemporary, "fatal: "+err.Error())
	}
	w := bufio.NewWriter(p.Stdout)
	w.WriteString(s.Fixed)
	for _, f := range s.Files {
		w.WriteString("\n" + f.Name + ": " + f.Text)
	}
	w.WriteString(s.Oops)
	if err := w.Flush(); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", err)
	}
	if s.Oops != "" {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return nil
}
