package main

import (
	"io"
	"os"
	"os/signal"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/internal/queue"
	"qmailkit/internal/sys"
	"qmailkit/internal/trigger"
)

// lifetime is when a qmail-queue that is still reading gives up. It has to be
// well below the 36 hours after which qmail-send and qmail-clean take its
// files for left over.
const lifetime = 24 * time.Hour

// Run is the program.
func Run(p *cmd.Proc) error {
	signal.Ignore(ignored...)
	if sys.WasClosed(p.Stdin) {
		return cmd.Silent(queue.CodeRead)
	}
	g := &guard{start: time.Now()}
	return enqueue(p, guarded{p.Stdin, g}, guarded{p.Stdout, g})
}

// enqueue is Run less what concerns the process as a whole.
func enqueue(p *cmd.Proc, message, envelope io.Reader) (err error) {
	defer func() {
		if recover() != nil {
			err = cmd.Silent(queue.CodeBug)
		}
	}()
	root := p.InHome("queue")
	if queue.Enter(p.Home) != nil {
		return cmd.Silent(queue.CodeHome)
	}
	if queue.Enter(root) != nil {
		return cmd.Silent(queue.CodeQueue)
	}
	uid := uint32(os.Getuid())
	origins, err := ids.Of(p.Home).Origins()
	if err != nil {
		return cmd.Say(cmd.ExitTemporary, "fatal: "+err.Error())
	}
	q, err := queue.Open(root)
	if err != nil {
		return cmd.Silent(queue.CodeMess)
	}
	if _, err := q.Add(&queue.Submission{
		Message: message, Envelope: envelope, Origin: origins.Of(uid), UID: uid, PID: p.Pid, Now: p.Now(),
	}); err != nil {
		return cmd.Silent(queue.Code(err))
	}
	trigger.Pull(root)
	return nil
}
