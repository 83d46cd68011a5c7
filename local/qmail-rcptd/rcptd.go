package main

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
	"qmailkit/internal/ids"
	"qmailkit/internal/rcptcheck"
	"qmailkit/internal/sys"
)

const (
	synopsis = "qmail-rcptd [ -u user ]"

	alreadyRuns = "another one is running"
	notSocket   = "what has the socket's name is none"
)

// Run answers until it is killed. Started by root it becomes qmailp before it
// hears the first question.
func Run(p *cmd.Proc) error {
	asker := ids.Daemon
	opts := getopt.New("u:", p.Args)
	for {
		more, err := opts.Next()
		if err != nil {
			p.Stderr.WriteString(opts.Problem(p.Name, err) + "\n")
			return p.Usage(synopsis)
		}
		if !more {
			break
		}
		asker = opts.Arg
	}
	if len(opts.Args) > 0 {
		return p.Usage(synopsis)
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
	listener, err := listen(p, uids[0])
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

// listen makes the socket, for asker alone. One that nobody listens at any
// more is replaced.
func listen(p *cmd.Proc, asker uint32) (net.Listener, error) {
	folder, path := p.InHome(rcptcheck.Folder), rcptcheck.Path(p.Home)
	switch err := os.Mkdir(folder, 0o755); {
	case err == nil:
		err = os.Chmod(folder, 0o755)
		if err != nil {
			return nil, p.FatalSys(cmd.ExitTemporary, "unable to chmod "+folder, err)
		}
	case !errors.Is(err, fs.ErrExist):
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to create "+folder, err)
	}
	if conn, err := net.Dial("unix", path); err == nil {
		conn.Close()
		return nil, p.Fatal(cmd.ExitTemporary, alreadyRuns)
	}
	if fi, err := os.Lstat(path); err == nil {
		if fi.Mode()&os.ModeSocket == 0 {
			return nil, p.Fatal(cmd.ExitPermanent, path+": "+notSocket)
		}
		if err := os.Remove(path); err != nil {
			return nil, p.FatalSys(cmd.ExitTemporary, "unable to remove "+path, err)
		}
	}
	// Until it is the asker's, nobody else can connect.
	syscall.Umask(0o177)
	listener, err := net.Listen("unix", path)
	if err != nil {
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to create "+path, err)
	}
	if int(asker) != os.Geteuid() {
		if err := os.Lchown(path, int(asker), -1); err != nil {
			listener.Close()
			return nil, p.FatalSys(cmd.ExitTemporary, "unable to chown "+path, err)
		}
	}
	return listener, nil
}
