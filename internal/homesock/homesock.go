// Package homesock makes the sockets by which programs of one qmail home talk
// to its resident helpers. They stand in the folder run.
package homesock

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/home"
)

const (
	alreadyRuns = "another one is running"
	notSocket   = "what has the socket's name is none"
)

// Listen makes the socket called name, for owner and whomever else mode lets
// connect. One that nobody listens at any more is replaced. Its error ends the
// program.
func Listen(p *cmd.Proc, name string, owner uint32, mode os.FileMode) (net.Listener, error) {
	folder, path := p.InHome(home.Sockets), home.Socket(p.Home, name)
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
	return create(p, path, owner, mode)
}

func create(p *cmd.Proc, path string, owner uint32, mode os.FileMode) (net.Listener, error) {
	// Until it is the owner's, nobody else can connect.
	before := syscall.Umask(0o177)
	listener, err := net.Listen("unix", path)
	syscall.Umask(before)
	if err != nil {
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to create "+path, err)
	}
	if int(owner) != os.Geteuid() {
		if err := os.Lchown(path, int(owner), -1); err != nil {
			listener.Close()
			return nil, p.FatalSys(cmd.ExitTemporary, "unable to chown "+path, err)
		}
	}
	if err := os.Chmod(path, mode); err != nil {
		listener.Close()
		return nil, p.FatalSys(cmd.ExitTemporary, "unable to chmod "+path, err)
	}
	return listener, nil
}
