package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
)

// least is the least length of the last argument, in bytes. Its first dots
// never go.
const (
	least = 5
	dots  = 3
)

// Run shows its input in the memory of its last argument.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 || len(p.Args[len(p.Args)-1]) < least {
		return cmd.Silent(cmd.ExitPermanent)
	}
	return show(p, sys.ArgBytes(p.Args[len(p.Args)-1]))
}

// show moves what is read into title from its right end.
func show(p *cmd.Proc, title []byte) error {
	for i := range title {
		title[i] = '.'
	}
	buf := make([]byte, 4096)
	for {
		n, err := p.Stdin.Read(buf)
		for _, b := range buf[:n] {
			if b != 0 {
				copy(title[dots:], title[dots+1:])
				title[len(title)-1] = b
			}
		}
		if err != nil {
			return nil
		}
	}
}
