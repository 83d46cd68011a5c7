package conformance

import (
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// split is the number of folders that the queue's mess has.
const split = 23

func messageFolders() []string {
	return []string{"mess", "info", "local", "remote", "bounce", "todo", "intd", "pid"}
}

// play is a scenario that runs.
type play struct {
	home   Home
	spec   scenario
	queue  string
	cap    string
	mutex  *os.File
	queued *standIn // where programs stay, for qmail-queued

	cmd    *exec.Cmd
	ended  chan struct{}
	status any                 // exit code or words, nil while it runs
	from   map[string]*os.File // what qmail-send writes to, while it is open
	to     map[string]*os.File // what it reads from

	log        []byte
	deadline   time.Time // for what is being waited for
	inbuf      map[string][]byte
	deliveries []delivery
	pending    []delivery // not answered yet
	held       []delivery // for a "release" step
	cleaned    []any
}

type delivery struct {
	channel                 string // "local" or "remote"
	slot                    byte
	file, sender, recipient string
}

func (p *play) path(rel string) string { return filepath.Join(p.queue, rel) }

func (p *play) prepare() (err error) {
	if p.cap, err = newCapture(); err != nil {
		return err
	}
	var exits strings.Builder
	for _, n := range p.spec.Exits {
		fmt.Fprintln(&exits, n)
	}
	if err := os.WriteFile(filepath.Join(p.cap, "exits"), []byte(exits.String()), 0o644); err != nil {
		return err
	}
	if f := p.home.front; f != nil {
		if p.queued, err = f.standIn(p.cap, 0); err != nil {
			return err
		}
	}
	if err := p.wipe(); err != nil {
		return err
	}
	if err := clear(filepath.Join(p.home.Dir, "control")); err != nil {
		return err
	}
	if err := p.control(p.spec.Control); err != nil {
		return err
	}
	for _, f := range p.spec.Queue {
		if err := p.put(f); err != nil {
			return err
		}
	}
	if p.spec.HoldMutex {
		if p.mutex, err = os.OpenFile(p.path("lock/sendmutex"), os.O_RDWR, 0); err != nil {
			return err
		}
		return unix.Flock(int(p.mutex.Fd()), unix.LOCK_EX)
	}
	return nil
}

// wipe removes all that a message left in the queue.
func (p *play) wipe() error {
	for _, dir := range messageFolders() {
		entries, err := os.ReadDir(p.path(dir))
		if err != nil {
			return err
		}
		for _, e := range entries {
			name := filepath.Join(p.path(dir), e.Name())
			if e.IsDir() && slices.Contains(messageFolders()[:4], dir) {
				err = clear(name)
			} else {
				err = os.RemoveAll(name)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (p *play) put(f file) error {
	if err := f.put(p.path(f.name), func(s string) string { return s }); err != nil {
		return err
	}
	top, _, _ := strings.Cut(f.name, "/")
	owner, mode := "qmails", uint32(0o600)
	if slices.Contains([]string{"mess", "todo", "intd", "pid"}, top) {
		owner, mode = "qmailq", 0o644
	}
	if f.Dir {
		mode = 0o755
	}
	uid, err := lookupID(owner)
	if err != nil {
		return err
	}
	gid, err := lookupGroup("qmail")
	if err != nil {
		return err
	}
	if err := os.Chown(p.path(f.name), uid, gid); err != nil {
		return err
	}
	if err := chmod(p.path(f.name), mode); err != nil || f.Age == nil {
		return err
	}
	t := time.Now().Add(-time.Duration(*f.Age * float64(time.Second)))
	return os.Chtimes(p.path(f.name), t, t)
}

func lookupID(name string) (int, error) {
	u, err := user.Lookup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(u.Uid)
}

func lookupGroup(name string) (int, error) {
	g, err := user.LookupGroup(name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(g.Gid)
}

func (p *play) control(files map[string]*controlFile) error {
	for name, f := range files {
		path := filepath.Join(p.home.Dir, "control", name)
		err := os.RemoveAll(path)
		switch {
		case err != nil || f == nil:
		case f.dir:
			err = os.Mkdir(path, 0o755)
		default:
			err = os.WriteFile(path, raw(f.text), 0o644)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// start runs qmail-send as its user on the seven descriptors that it gets
// from qmail-start.
func (p *play) start() error {
	uid, err := lookupID("qmails")
	if err != nil {
		return err
	}
	gid, err := lookupGroup("qmail")
	if err != nil {
		return err
	}
	child, err := p.pipes()
	if err != nil {
		return err
	}
	p.cmd = &exec.Cmd{
		Path: filepath.Join(p.home.Bin, "qmail-send"), Args: []string{"qmail-send"}, Dir: "/", Env: p.environment(),
		Stdin: child[0], Stdout: child[1], Stderr: child[2], ExtraFiles: child[3:],
		SysProcAttr: &syscall.SysProcAttr{Setsid: true, Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}},
	}
	err = p.cmd.Start()
	for _, f := range child {
		f.Close()
	}
	if err != nil {
		return err
	}
	p.ended = make(chan struct{})
	go func() { p.cmd.Wait(); close(p.ended) }()
	p.announce()
	return nil
}

// pipes makes the seven pipes and returns qmail-send's ends in their order.
func (p *play) pipes() (child []*os.File, err error) {
	p.from, p.to, p.inbuf = map[string]*os.File{}, map[string]*os.File{}, map[string][]byte{}
	for _, ours := range []struct {
		name  string
		write bool
	}{{"log", false}, {"local", false}, {"local", true}, {"remote", false}, {"remote", true}, {"clean", false}, {"clean", true}} {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		if ours.write {
			p.to[ours.name], child = w, append(child, r)
		} else {
			p.from[ours.name], child = r, append(child, w)
		}
	}
	return child, nil
}

func (p *play) environment() []string {
	env := vars{{"PATH", p.home.Bin + ":/usr/bin:/bin"}, {"TZ", "UTC"}, {"LC_ALL", "C"}, {"CAPTURE_DIR", p.cap},
		{"QMAILQUEUE", filepath.Join(p.cap, "capture")}}
	for _, v := range p.spec.Env {
		env.set(v[0], v[1])
	}
	if p.queued != nil {
		env.unset("QMAILQUEUE")
	}
	return env.environ()
}

// announce sends the spawners' limits, which qmail-send waits for.
func (p *play) announce() {
	for i, name := range []string{"local", "remote"} {
		limit := 120
		if p.spec.Limits != nil {
			if p.spec.Limits[i] == nil {
				p.hangup(name)
				continue
			}
			limit = *p.spec.Limits[i]
		}
		p.send(name, []byte{byte(limit)})
	}
}

func (p *play) send(name string, data []byte) {
	if f := p.to[name]; f != nil {
		f.Write(data) // who has hung up does not hear it
	}
}

// hangup closes both directions of one helper's connection.
func (p *play) hangup(name string) {
	if f := p.to[name]; f != nil {
		f.Close()
		delete(p.to, name)
	}
	if f := p.from[name]; f != nil {
		f.Close()
		delete(p.from, name)
	}
}
