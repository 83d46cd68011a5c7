package main

import (
	"errors"
	"os"
	"path/filepath"

	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/ids"
	"qmailkit/internal/program"
	"qmailkit/internal/resident"
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
	var pool resident.Pool
	defer pool.Close()
	server := spawn.Server{
		In: p.Stdin, Out: p.Stdout, Mess: mess, Owner: owner,
		Deliver: func(job spawn.Job) string { return deliver(p, &pool, mess, job) },
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
func deliver(p *cmd.Proc, pool *resident.Pool, mess string, job spawn.Job) string {
	name, id := chosen(p)
	r, w, err := os.Pipe()
	if err != nil {
		return noPipe
	}
	defer r.Close()
	world := *p
	world.Dir = mess
	work, err := pool.Start(&world, nil, id, []string{name, job.Host, job.Sender, job.Box + "@" + job.Host}, job.Message, w)
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
	code, err := work.Wait()
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

// chosen returns the name of the program that delivers, and its ID if it may
// stay for further deliveries: it must be the qmail-remote of this home.
func chosen(p *cmd.Proc) (name, id string) {
	if name, set := p.LookupEnv("QMAILREMOTE"); set {
		return name, ""
	}
	ours := program.ID(p.InHome("bin", deliverer))
	for _, dir := range filepath.SplitList(p.Getenv("PATH")) {
		if !filepath.IsAbs(dir) {
			break
		}
		if found := program.ID(dir + "/" + deliverer); found == ours {
			return deliverer, ours
		} else if found != "" {
			break
		}
	}
	return deliverer, ""
}
