package main

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/lock"
	"qmailkit/internal/sys"
	"qmailkit/svc"
)

// statusNew is the status file while it is written, statusPerm the rights to
// it: anybody who gets there may read it.
const (
	statusNew  = svc.Current + ".new"
	statusPerm = 0o644
)

// files is what supervise keeps open. All of it is found from the open
// folder, whatever that is called by now: a service is taken away by first
// removing its name.
type files struct {
	dir     *sys.Dir
	folder  string // that of supervise's files, as seen from dir
	lock    *os.File
	control *os.File // what svc writes is read here
	writer  *os.File // never written to; with it, control never ends
	ok      *os.File // never read
}

// open takes possession of the service in the folder name, and tells whether
// it is to be up. The error ends p's program; what is open then still is to
// be closed.
func open(p *cmd.Proc, name string) (f *files, up bool, err error) {
	f = &files{}
	fatal := func(what string, err error) (*files, bool, error) {
		return f, false, p.FatalSys(cmd.ExitTemporary, "unable to "+what, err)
	}
	service, err := svc.Service(p, name)
	if err == nil {
		f.dir, err = sys.OpenDir(service)
	}
	if err == nil {
		f.folder, err = svc.Folder(p, service)
	}
	if err != nil {
		return fatal("chdir to "+name, err)
	}
	_, err = f.dir.Stat(svc.Down)
	up = errors.Is(err, syscall.ENOENT)
	if err != nil && !up {
		return fatal("stat "+name+"/"+svc.Down, err)
	}
	makeFolder(service, f.folder)
	called := name + "/" + f.folder // in messages
	f.lock, err = f.dir.Open(f.folder+svc.Lock, syscall.O_WRONLY|syscall.O_NONBLOCK|syscall.O_APPEND|syscall.O_CREAT, 0o600)
	if err == nil {
		err = lock.TryExclusive(f.lock)
	}
	if err != nil {
		return fatal("acquire "+called+svc.Lock, err)
	}
	// That a fifo is there already, or cannot be made, shows when it is opened.
	syscall.Mkfifo(f.path(f.folder+svc.Control), 0o600)
	if f.control, err = f.dir.Open(f.folder+svc.Control, syscall.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
		return fatal("read "+called+svc.Control, err)
	}
	if f.writer, err = f.dir.Open(f.folder+svc.Control, syscall.O_WRONLY|syscall.O_NONBLOCK, 0); err != nil {
		return fatal("write "+called+svc.Control, err)
	}
	return f, up, nil
}

// path returns a path that leads, now, to what name is as seen from the
// service.
func (f *files) path(name string) string { return svc.Join(f.dir.Path()+"/", name) }

// makeFolder makes the supervise folder of a service, where a link leads if
// there is one. That it cannot be made shows when the lock is taken.
func makeFolder(service, folder string) {
	path := svc.Join(service, folder)
	if !errors.Is(os.Mkdir(path, 0o700), syscall.EEXIST) {
		return
	}
	target, err := os.Readlink(path)
	if err != nil {
		return
	}
	if !filepath.IsAbs(target) {
		target = strings.TrimSuffix(path, filepath.Base(path)) + target // not cleaned: service may be a link
	}
	os.Mkdir(target, 0o700)
}

// openOk makes svok, svstat and svscan see that supervise is running.
func (f *files) openOk(p *cmd.Proc, name string) (err error) {
	syscall.Mkfifo(f.path(f.folder+svc.Ok), 0o600)
	if f.ok, err = f.dir.Open(f.folder+svc.Ok, syscall.O_RDONLY|syscall.O_NONBLOCK, 0); err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to read "+name+"/"+f.folder+svc.Ok, err)
	}
	return nil
}

// listen hands over what svc writes, letter by letter, until done. Nothing
// but that ends it: a service is never without it.
func (f *files) listen(commands chan<- byte, done <-chan struct{}) {
	var buf [64]byte
	for {
		n, err := f.control.Read(buf[:])
		for _, c := range buf[:n] {
			select {
			case commands <- c:
			case <-done:
				return
			}
		}
		if err == nil {
			continue
		}
		select {
		case <-done:
			return
		case <-time.After(rest):
		}
	}
}

// write puts a whole status file in the place of the old one. It tells what
// it could not do.
func (f *files) write(status []byte) (what string, err error) {
	file, err := f.dir.Open(f.folder+statusNew, syscall.O_WRONLY|syscall.O_CREAT|syscall.O_TRUNC|syscall.O_NONBLOCK, statusPerm)
	if err != nil {
		return "open", err
	}
	defer file.Close()
	if err := file.Chmod(statusPerm); err != nil { // the umask does not decide it
		return "write", err
	}
	if _, err := file.Write(status); err != nil {
		return "write", err
	}
	return "rename", f.dir.Rename(f.folder+statusNew, f.folder+svc.Current)
}

func (f *files) close() {
	for _, file := range []*os.File{f.lock, f.control, f.writer, f.ok} {
		file.Close()
	}
	if f.dir != nil {
		f.dir.Close()
	}
}
