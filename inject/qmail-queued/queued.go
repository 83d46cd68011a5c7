package main

import (
	"os"
	"os/signal"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/homesock"
	"qmailkit/internal/ids"
	"qmailkit/internal/queue"
	"qmailkit/internal/queuewire"
	"qmailkit/internal/sys"
)

const (
	synopsis = "qmail-queued"
	unknown  = "this system does not tell who connects: qmail-queue has to do"
)

// Run takes messages until TERM. Started by root it becomes qmailq before it
// takes the first.
func Run(p *cmd.Proc) error {
	if len(p.Args) > 0 {
		return p.Usage(synopsis)
	}
	if !sys.KnowsPeers {
		return p.Fatal(cmd.ExitPermanent, unknown)
	}
	own := ids.Of(p.Home)
	owner, err := own.User(ids.Queue)
	if err != nil {
		return err
	}
	group, err := own.Group(ids.GroupQueue)
	if err != nil {
		return err
	}
	origins, err := own.Origins()
	if err != nil {
		return err
	}
	sys.CatchPipe()
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	defer signal.Stop(term)
	// Whoever may run qmail-queue may connect.
	listener, err := homesock.Listen(p, queuewire.Socket, owner, 0o666)
	if err != nil {
		return err
	}
	defer listener.Close()
	if os.Getuid() == 0 {
		if err := sys.BecomeUser(owner, group, []int{int(group)}); err != nil {
			return p.FatalSys(cmd.ExitTemporary, "unable to become "+ids.Queue, err)
		}
	}
	root := p.InHome("queue")
	q, err := queue.Open(root)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read "+root+"/mess", err)
	}
	q.Spares = &queue.Spares{}
	defer q.Spares.Remove()
	s := newServer(q, origins, own.Single, p)
	go func() {
		<-term
		listener.Close()
	}()
	s.serve(listener)
	s.drain()
	return nil
}
