package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	osuser "os/user"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// system is a mail system: its programs, its queue, and how mail gets in.
type system interface {
	name() string
	durability() string // what is on disk before 250, and before a delivery counts
	setUp() error       // once, before all

	start(ctx context.Context) error // everything; it takes SMTP at address then
	front(ctx context.Context) error // only what takes messages, and nothing that delivers them
	stop()
	address() string

	shell() string                                       // a command that queues its standard input for user
	list(ctx context.Context, recipients []string) error // queues one message for all of them
	queued() int                                         // messages in the queue
	empty() error                                        // its queue and user's mailbox; not while it runs
}

// findUser learns who user is.
func (b *bench) findUser() error {
	u, err := osuser.Lookup(user)
	if err != nil {
		return err
	}
	b.uid, _ = strconv.Atoi(u.Uid)
	b.gid, _ = strconv.Atoi(u.Gid)
	b.people = u.HomeDir
	return b.makeMaildir()
}

func (b *bench) makeMaildir() error {
	for _, d := range []string{"", "/Maildir", "/Maildir/tmp", "/Maildir/new", "/Maildir/cur"} {
		if err := os.MkdirAll(b.people+d, 0o755); err != nil {
			return err
		}
		if err := os.Chown(b.people+d, b.uid, b.gid); err != nil {
			return err
		}
	}
	return nil
}

// mail counts what is in user's Maildir.
func (b *bench) mail() int { return count(b.people + "/Maildir/new") }

// noMail gives user an empty Maildir. The full one stays, aside: the next system
// would make its files the more slowly for each that is removed.
func (b *bench) noMail() error {
	if b.mail() == 0 {
		return nil
	}
	aside, err := os.MkdirTemp(b.people, "before")
	if err == nil {
		err = os.Rename(b.people+"/Maildir", aside+"/Maildir")
	}
	if err != nil {
		return err
	}
	return b.makeMaildir()
}

// count returns how many files the folders that match have.
func count(patterns ...string) int {
	n := 0
	for _, pattern := range patterns {
		dirs, _ := filepath.Glob(pattern)
		for _, dir := range dirs {
			f, err := os.Open(dir)
			if err != nil {
				continue
			}
			names, _ := f.Readdirnames(-1)
			f.Close()
			n += len(names)
		}
	}
	return n
}

// clear removes the files of the folders that match.
func clear(patterns ...string) error {
	for _, pattern := range patterns {
		dirs, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, dir := range dirs {
			entries, err := os.ReadDir(dir)
			if err != nil {
				return err
			}
			for _, e := range entries {
				if e.Type().IsRegular() {
					if err := os.Remove(dir + "/" + e.Name()); err != nil {
						return err
					}
				}
			}
		}
	}
	return nil
}

// await returns once ready is true, or with ctx's end.
func await(ctx context.Context, what string, ready func() bool) error {
	for !ready() {
		select {
		case <-ctx.Done():
			return errors.New("waited in vain for " + what)
		case <-time.After(poll):
		}
	}
	return nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

func listens(address string) func() bool {
	return func() bool {
		c, err := net.DialTimeout("tcp", address, time.Second)
		if err == nil {
			c.Close()
		}
		return err == nil
	}
}

// daemon is a process that stays, in a session of its own.
type daemon struct {
	cmd   *exec.Cmd
	ended chan struct{}
}

// launch starts one; its output goes to the file log.
func launch(log string, env []string, argv ...string) (*daemon, error) {
	out, err := os.OpenFile(log, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	c := exec.Command(argv[0], argv[1:]...)
	c.Env, c.Stdout, c.Stderr = env, out, out
	c.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := c.Start(); err != nil {
		return nil, err
	}
	d := &daemon{cmd: c, ended: make(chan struct{})}
	go func() {
		c.Wait()
		close(d.ended)
	}()
	return d, nil
}

// farewell is how long a process may take to end by itself.
const farewell = 10 * time.Second

// stop ends it and what is left of its session.
func (d *daemon) stop() {
	if d == nil {
		return
	}
	d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.ended:
	case <-time.After(farewell):
	}
	syscall.Kill(-d.cmd.Process.Pid, syscall.SIGKILL)
	<-d.ended
}

// cpu returns the clock ticks that the process has used, on Linux.
func (d *daemon) cpu() string {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/schedstat", d.cmd.Process.Pid))
	if err != nil {
		return ""
	}
	return string(data)
}

// run runs a command to its end; what it says is in the error.
func run(ctx context.Context, env []string, argv ...string) error {
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	c.Env = env
	out, err := c.CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %.500s", argv[0], err, out)
	}
	return nil
}
