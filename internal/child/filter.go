package child

import (
	"errors"
	"syscall"

	"qmailkit/internal/cmd"
)

// Filter feeds p's standard input, with before in front, to the program argv,
// and returns how p's program ends: as that one does, or with 111 when that
// cannot be known. A program that reads only a part of its input is no error.
func Filter(p *cmd.Proc, argv []string, before string) error {
	code, err := Feed(p, argv, before)
	var failure *FeedError
	if errors.As(err, &failure) {
		if err = unfed(p, argv[0], failure); err != nil {
			return err
		}
	}
	if code != 0 {
		return cmd.Silent(code)
	}
	return nil
}

func unfed(p *cmd.Proc, program string, failure *FeedError) error {
	what := ""
	switch failure.Step {
	case StepPipe:
		what = "unable to create pipe"
	case StepStart:
		what = "unable to run " + program
		if NoProcess(failure) {
			what = "unable to fork"
		}
	case StepRead:
		what = "unable to read input"
	case StepWrite:
		if errors.Is(failure, syscall.EPIPE) {
			return nil
		}
		what = "unable to write to child"
	case StepWait:
		if errors.Is(failure, ErrCrashed) {
			return p.Fatal(cmd.ExitTemporary, failure.Error())
		}
		what = "wait failed"
	}
	return p.FatalSys(cmd.ExitTemporary, what, failure.Err)
}
