// Package queuecmd is "qmail queue": it lists, shows, holds, ends and mends
// the messages of the queue.
package queuecmd

import (
	"errors"
	"os"
	"syscall"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/lock"
	"qmailkit/internal/queue"
	"qmailkit/svc/umbrella"
)

const about = `Messages are chosen by their numbers, by options, or both: what is meant must fit all
of them. While qmail-send runs, changes are made in a way that it tolerates, the C one
too, and what cannot be done so is refused with exit code 111; qmail(8) says which.`

// Command is "qmail queue".
func Command(p *cmd.Proc) *cli.Command {
	list := func(name, usage, more string, action cli.ActionFunc, flags ...cli.Flag) *cli.Command {
		return &cli.Command{
			Name: name, Usage: usage, ArgsUsage: "[NUMBER...]", Description: more, Action: action,
			Flags: append(append(choiceFlags(), umbrella.JSON()), flags...),
		}
	}
	commands := []*cli.Command{
		list("list", "list messages, the oldest first", "", func(c *cli.Context) error { return runList(p, c) }),
		list("show", "show messages with their recipients and headers", "", func(c *cli.Context) error { return runShow(p, c) },
			&cli.BoolFlag{Name: "body", Usage: "show all of the text, not only the header"}),
		list("stat", "count messages and recipients", "", func(c *cli.Context) error { return runStat(p, c) }),
	}
	for _, a := range acts {
		flags := []cli.Flag{umbrella.DryRun(), &cli.BoolFlag{Name: "all", Usage: "every message, where nothing else says which"}}
		commands = append(commands, list(a.name, a.usage, a.about, func(c *cli.Context) error { return a.run(p, c) }, flags...))
	}
	return &cli.Command{
		Name: "queue", Usage: "list, hold, end and mend messages in the queue", Description: about, Category: "The queue",
		Subcommands: append(commands, verifyCommand(p), repairCommand(p)),
	}
}

// open opens the home's queue.
func open(p *cmd.Proc) (*queue.Queue, error) {
	q, err := queue.Open(p.InHome("queue"))
	if err != nil {
		return nil, umbrella.Fatal("unable to read the queue", err)
	}
	return q, nil
}

// sendLock takes qmail-send's own lock, so that none starts meanwhile. Without
// an error, nil tells that one is running.
func sendLock(p *cmd.Proc) (*os.File, error) {
	f, err := os.OpenFile(p.InHome("queue", "lock", "sendmutex"), os.O_WRONLY, 0)
	if err != nil {
		return nil, umbrella.Fatal("unable to find out whether qmail-send runs", err)
	}
	err = lock.TryExclusive(f)
	if err == nil {
		return f, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, nil
	}
	return nil, umbrella.Fatal("unable to find out whether qmail-send runs", err)
}
