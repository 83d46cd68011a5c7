package main

import (
	"errors"
	"os"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/spawn"
	"qmailkit/remote"
	"qmailkit/remote/client"
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

// deliver makes a delivery in this process and returns the report for
// qmail-send. What may go wrong in it ends no other delivery.
func deliver(d *client.Deliverer, job spawn.Job) (report string) {
	defer func() {
		if recover() != nil {
			report = crashed
		}
	}()
	verdict := d.Deliver(remote.Job{
		Host: job.Host, Sender: job.Sender, Recipients: []string{job.Box + "@" + job.Host}, Message: job.Message,
	}).Verdict()
	return string(verdict.Letter) + verdict.Text
}

// run runs the deliverer in the folder mess, with the message as its input, and
// returns the report for qmail-send.
func run(p *cmd.Proc, mess string, job spawn.Job) string {
	r, w, err := os.Pipe()
	if err != nil {
		return noPipe
	}
	defer r.Close()
	world := *p
	world.Dir = mess
	name, _ := named(p)
	process, err := child.StartWith(&world, []string{name, job.Host, job.Sender, job.Box + "@" + job.Host}, job.Message, w, w)
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
	code, err := child.Wait(process)
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

// named returns the name of the program that delivers, and whether it is the
// usual one.
func named(p *cmd.Proc) (name string, usual bool) {
	if name, set := p.LookupEnv("QMAILREMOTE"); set {
		return name, false
	}
	return deliverer, true
}
