package main

import (
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
	"qmailkit/internal/homesock"
	"qmailkit/internal/ids"
	"qmailkit/internal/rcptcheck"
	"qmailkit/internal/sys"
)

const synopsis = "qmail-rcptd [ -u user ]"

// Run answers until it is killed. Started by root it becomes qmailp before it
// hears the first question.
func Run(p *cmd.Proc) error {
	asker := ids.Daemon
	opts := getopt.New("u:", p.Args)
	for opts.Next() {
		asker = opts.Arg
	}
	if opts.Err != nil || len(opts.Args) > 0 {
		return p.Misuse(opts.Problem(p.Name), synopsis)
	}
	own := ids.Of(p.Home)
	uids, err := own.Users(asker, ids.Passwd)
	if err != nil {
		return err
	}
	nofiles, err := own.Group(ids.GroupNofiles)
	if err != nil {
		return err
	}
	sys.CatchPipe()
	listener, err := homesock.Listen(p, rcptcheck.Socket, uids[0], 0o600)
	if err != nil {
		return err
	}
	if err := leaveRoot(own.Single, uids[1], nofiles); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to become "+ids.Passwd, err)
	}
	j := &judge{proc: p, rules: rules{proc: p}, single: own.Single, owner: uids[1]}
	newServer(j.judge).serve(listener)
	return nil
}

// leaveRoot makes root's process the user's. All that it may keep is the right
// to look into private folders; in a single-user home they are its own.
func leaveRoot(single bool, uid, gid uint32) error {
	if os.Getuid() != 0 {
		return nil
	}
	if single {
		return sys.BecomeUser(uid, gid, []int{int(gid)})
	}
	_, err := sys.BecomeLooker(uid, gid)
	return err
}
