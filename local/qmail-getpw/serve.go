package main

import (
	"bufio"
	"os"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/program"
	"qmailkit/internal/users"
)

// serve answers for the argument and then for what is read, for as long as
// qmail-lspawn asks (users.GetpwServe). Each answer is found anew.
func serve(p *cmd.Proc) error {
	self, _ := os.Executable() // where it is not known, the id is of no program
	out := append([]byte{0}, program.ID(self)...)
	out = append(out, 0)
	questions := bufio.NewReaderSize(p.Stdin, users.MaxGetpwBox+1)
	for box := p.Args[0]; ; {
		answer, err := find(p, box)
		code, _ := cmd.Outcome(p.Name, err)
		if err := write(p, users.AppendReply(out, code, answer)); err != nil {
			return err
		}
		out = out[:0]
		question, err := questions.ReadSlice(0)
		if err != nil {
			return nil // the end, or nothing that is ever asked
		}
		box = strings.TrimSuffix(string(question), "\x00")
	}
}
