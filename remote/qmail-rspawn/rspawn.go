package main

import (
	"errors"
	"os"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/ids"
	"qmailkit/internal/spawn"
	"qmailkit/internal/sys"
	"qmailkit/internal/tcpto"
	"qmailkit/remote"
)

// The program that delivers, unless $QMAILREMOTE names another.
const deliverer = "qmail-remote"

// What is reported where the deliverer itself has nothing to say.
const (
	noPipe    = "Zqmail-spawn unable to create pipe. (#4.3.0)\n"
	noFork    = "Zqmail-spawn unable to fork. (#4.3.0)\n"
	crashed   = "Zqmail-remote crashed.\n"
	notRun    = "ZUnable to run qmail-remote.\n"
	neverRun  = "DUnable to run qmail-remote.\n"
	noOutput  = "Zqmail-remote produced no output.\n"
	badOutput = "ZUnable to read the report of qmail-remote. (#4.3.0)\n"
)

// Run empties the table of hosts that do not answer and then serves
// qmail-send until its input ends and every delivery has been reported.
func Run(p *cmd.Proc) error {
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
	server := spawn.Server{
		In: p.Stdin, Out: p.Stdout, Mess: mess, Owner: owner,
		Deliver: func(job spawn.Job) string { return deliver(p, mess, job) },
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

// deliver runs the deliverer in the folder mess, with the message as its
// input, and returns the report for qmail-send.
func deliver(p *cmd.Proc, mess string, job spawn.Job) string {
	name, set := p.LookupEnv("QMAILREMOTE")
	if !set {
		name = deliverer
	}
	r, w, err := os.Pipe()
	if err != nil {
		return noPipe
	}
	defer r.Close()
	world := *p
	world.Dir, world.Stdout, world.Stderr = mess, w, w
	proc, err := child.Start(&world, job.Message, []string{name, job.Host, job.Sender, job.Box + "@" + job.Host})
	w.Close()
	switch {
	case err != nil && child.NoProcess(err):
		return noFork
	case err != nil && errstr.Temporary(err):
		return notRun
	case err != nil:
		return neverRun
	}
	verdict, some, rerr := remote.ReadVerdict(r)
	if rerr != nil {
		r.Close() // else it may write, and we wait, for ever
	}
	code, err := child.Wait(proc)
	switch {
	case errors.Is(err, child.ErrCrashed):
		return crashed
	case err != nil || code == cmd.ExitTemporary:
		return notRun
	case code != 0:
		return neverRun
	case rerr != nil:
		return badOutput
	case !some:
		return noOutput
	}
	return string(verdict.Letter) + verdict.Text
}
