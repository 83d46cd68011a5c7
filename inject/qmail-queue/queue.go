package main

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"strconv"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/internal/queue"
	"qmailkit/internal/sys"
	"qmailkit/internal/trigger"
)

// Exit codes, as qmail-queue(8) has them. Those up to 40 are permanent.
const (
	exitAddress = 11
	exitTimeout = 52
	exitWrite   = 53
	exitRead    = 54
	exitHome    = 61
	exitQueue   = 62
	exitPid     = 63
	exitMess    = 64
	exitIntd    = 65
	exitTodo    = 66
	exitBug     = 81
	exitFormat  = 91
)

// lifetime is when a qmail-queue that is still reading gives up. It has to be
// well below the 36 hours after which qmail-send and qmail-clean take its
// files for left over.
const lifetime = 24 * time.Hour

// Run is the program.
func Run(p *cmd.Proc) error {
	signal.Ignore(ignored...)
	if sys.WasClosed(p.Stdin) {
		return cmd.Silent(exitRead)
	}
	g := &guard{start: time.Now()}
	return enqueue(p, guarded{p.Stdin, g}, guarded{p.Stdout, g})
}

// enqueue is Run less what concerns the process as a whole.
func enqueue(p *cmd.Proc, message, envelope io.Reader) (err error) {
	defer func() {
		if recover() != nil {
			err = cmd.Silent(exitBug)
		}
	}()
	root := p.InHome("queue")
	if queue.Enter(p.Home) != nil {
		return cmd.Silent(exitHome)
	}
	if queue.Enter(root) != nil {
		return cmd.Silent(exitQueue)
	}
	uid := uint32(os.Getuid())
	by, err := origin(ids.Of(p.Home), uid)
	if err != nil {
		return cmd.Say(cmd.ExitTemporary, "fatal: "+err.Error())
	}
	q, err := queue.Open(root)
	if err != nil {
		return cmd.Silent(exitMess)
	}
	if _, err := q.Add(&queue.Submission{
		Message: message, Envelope: envelope, Origin: by, UID: uid, PID: p.Pid, Now: p.Now(),
	}); err != nil {
		return cmd.Silent(exitCode(err))
	}
	trigger.Pull(root)
	return nil
}

// origin is how the Received line names the user who called.
func origin(home *ids.Home, uid uint32) (string, error) {
	words := "by uid " + strconv.FormatUint(uint64(uid), 10)
	if home.Single {
		return words, nil // one user is all of them
	}
	special, err := home.Users(ids.Alias, ids.Daemon, ids.Send)
	if err != nil {
		return "", err
	}
	switch uid {
	case special[0]:
		words = "by alias"
	case special[1]:
		words = "from network"
	case special[2]:
		words = "for bounce"
	}
	return words, nil
}

func exitCode(err error) int {
	var failure *queue.AddError
	if !errors.As(err, &failure) {
		return exitBug
	}
	switch failure.Step {
	case queue.Reading:
		return exitRead
	case queue.Writing:
		return exitWrite
	case queue.InPid:
		return exitPid
	case queue.InMess:
		return exitMess
	case queue.InIntd:
		return exitIntd
	case queue.InTodo:
		return exitTodo
	case queue.Address:
		return exitAddress
	case queue.Format:
		return exitFormat
	}
	return exitBug
}
