package child

import (
	"errors"

	"qmailkit/internal/cmd"
)

// A program that is asked says by this exit code that it cannot tell yet.
const codeTemporary = cmd.ExitTemporary

// Ask feeds p's standard input to the program argv and tells whether it
// succeeds, exit code 0, or fails, any other. There is no answer from a
// program that exits 111, crashes or cannot be run: the error ends p's
// program with 111, so that the message is tried again.
func Ask(p *cmd.Proc, argv []string) (yes bool, err error) {
	pid, err := Start(p, p.Stdin, argv)
	if err != nil {
		what := "unable to run " + argv[0]
		if NoProcess(err) {
			what = "unable to fork"
		}
		return false, p.FatalSys(cmd.ExitTemporary, what, err)
	}
	code, err := WaitPid(pid)
	switch {
	case errors.Is(err, ErrCrashed):
		return false, p.Fatal(cmd.ExitTemporary, err.Error())
	case err != nil:
		return false, p.Fatal(cmd.ExitTemporary, "wait failed")
	case code == codeTemporary:
		return false, p.Fatal(cmd.ExitTemporary, "temporary child error")
	}
	return code == 0, nil
}
