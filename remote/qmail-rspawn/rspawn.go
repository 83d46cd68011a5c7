package main

import (
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/ids"
	"qmailkit/internal/spawn"
	"qmailkit/internal/sys"
	"qmailkit/internal/tcpto"
	"qmailkit/remote/client"
)

// Run empties the table of hosts that do not answer and then serves
// qmail-send until its input ends and every delivery has been reported.
func Run(p *cmd.Proc) error {
	self, err := os.Executable()
	if err != nil {
		self = ""
	}
	return serveWith(p, newTwin(p, self))
}

func serveWith(p *cmd.Proc, t *twin) error {
	mess := p.InHome("queue", "mess")
	if fi, err := os.Stat(mess); err != nil || !fi.IsDir() {
		return cmd.Silent(cmd.ExitTemporary)
	}
	owner, err := ids.Of(p.Home).User(ids.Queue)
	if err != nil {
		return cmd.Say(cmd.ExitTemporary, "fatal: "+err.Error())
	}
	sys.CatchPipe()
	forget(p.InHome("queue", "lock", "tcpto"))
	share()
	in, done := polled(p.Stdin)
	defer done()
	inside := client.NewDeliverer(p)
	defer inside.Close()
	server := spawn.Server{
		In: in, Out: p.Stdout, Mess: mess, Owner: owner,
		Deliver: func(job spawn.Job) string {
			if t.mayStandIn() {
				return deliver(inside, job)
			}
			return run(p, mess, job)
		},
	}
	server.Serve()
	return nil
}

// forget empties the table. Where that fails, some hosts are tried later than
// they might be.
func forget(table string) {
	f, err := os.OpenFile(table, os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer f.Close()
	tcpto.Reset(f)
}
