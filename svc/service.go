package svc

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"qmailkit/internal/cmd"
)

// The files of a service, as seen from its folder, and those that supervise
// keeps, to be appended to what Folder returns. Ok and Control are fifos;
// somebody reads them as long as supervise runs.
const (
	Down    = "down"
	Lock    = "/lock"
	Ok      = "/ok"
	Control = "/control"
	Current = "/status"
)

// Service returns the path of the service in dir, for a file's name to be
// appended to, or the error that changing into it would give.
func Service(p *cmd.Proc, dir string) (prefix string, err error) {
	if dir == "" {
		return "", syscall.ENOENT
	}
	prefix = p.Path(dir) + "/"
	_, err = os.Stat(prefix + ".")
	return prefix, err
}

// What the folder with supervise's files is called, and the variable by which
// daemontools-encore has another.
const (
	folderName = "supervise"
	folderVar  = "SUPERVISEDIR"
)

// Folder returns the folder with supervise's files of a service whose path
// Service returned, as seen from the service. An absolute SUPERVISEDIR holds
// those of many services: the path of the service is appended to it, with a
// colon for each slash but the first.
func Folder(p *cmd.Proc, service string) (string, error) {
	folder := p.Getenv(folderVar)
	if folder == "" {
		return folderName, nil
	}
	if folder[0] != '/' {
		return folder, nil
	}
	path, err := filepath.Abs(service)
	if err == nil {
		path, err = filepath.EvalSymlinks(path)
	}
	if err != nil {
		return "", err
	}
	return folder + "/" + strings.ReplaceAll(path[1:], "/", ":"), nil
}

// Join returns the path of what name is, as seen from the service.
func Join(service, name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return service + name
}

// Find is Service and Folder: the paths of the service in dir, for a name to
// be appended to, and of the folder with supervise's files.
func Find(p *cmd.Proc, dir string) (service, folder string, err error) {
	if service, err = Service(p, dir); err == nil {
		folder, err = Folder(p, service)
	}
	return service, folder, err
}

// OpenFifo opens a fifo for writing, in blocking mode and past the runtime's
// poller. Its error is ENXIO where nobody reads it.
func OpenFifo(path string) (fd int, err error) {
	for {
		fd, err = syscall.Open(path, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
		if err != syscall.EINTR {
			break
		}
	}
	if err != nil {
		return -1, err
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		syscall.Close(fd)
		return -1, err
	}
	return fd, nil
}

// Tell writes letters of svc(8) to the fifo at once, so that those of another
// do not come between them. Errors are those of OpenFifo, or of writing; opened
// tells them apart.
func Tell(fifo, letters string) (opened bool, err error) {
	fd, err := OpenFifo(fifo)
	if err != nil {
		return false, err
	}
	defer syscall.Close(fd)
	for letters != "" {
		if _, err = syscall.Write(fd, []byte(letters)); err != syscall.EINTR {
			break
		}
	}
	return true, err
}
