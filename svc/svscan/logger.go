package main

import (
	"os"

	"qmailkit/internal/cmd"
)

// logger is the service that is named behind the folder, as daemontools-encore
// has it: what svscan and the services without a logger of their own say goes
// to its standard input.
type logger struct {
	name           string
	main           supervised
	read           *os.File
	stdout, stderr *os.File // svscan's own
}

// addLogger makes the logger, if one is named and there. The error ends s.p's
// program.
func (s *scanner) addLogger() error {
	if len(s.p.Args) < 2 || s.p.Args[1] == "" {
		return nil
	}
	name := s.p.Args[1]
	if fi, err := os.Stat(s.folder + name); err != nil || !fi.IsDir() {
		return nil
	}
	read, write, err := os.Pipe()
	if err != nil {
		return s.p.FatalSys(cmd.ExitTemporary, "unable to create pipe for "+name, err)
	}
	s.logger = &logger{name: name, read: read, stdout: s.p.Stdout, stderr: s.p.Stderr}
	s.p.Stdout, s.p.Stderr = write, write
	return nil
}
