package conformance

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Home is the scratch qmail home that cases are played against.
type Home struct {
	Dir string // its control/, users/ and alias/ are replaced for every case
	Bin string // where the commands under test are

	// Resident has the programs that stay do the work, of jobs in their Resident
	// form. It needs several workers.
	Resident bool
	front    *front // they, in a worker
}

// The stand-in for qmail-queue: a message goes to $CAPTURE_DIR/1, the next to 2.
const capture = `#!/bin/sh
i=1
until mkdir "$CAPTURE_DIR/$i" 2>/dev/null; do i=$((i+1)); done
cat > "$CAPTURE_DIR/$i/mess"
cat <&1 > "$CAPTURE_DIR/$i/env"
e=$(sed -n "${i}p" "$CAPTURE_DIR/exits" 2>/dev/null)
exit ${e:-${CAPTURE_EXIT:-0}}
`

const (
	usualTimeout = 20 * time.Second
	setupTimeout = 20 * time.Second
)

// Play plays one case of a command and reports what it did. The umask must be
// 022. An error says that the case could not be played at all.
func (h Home) Play(c *Case) (Outcome, error) {
	spec := &command{}
	if err := json.Unmarshal(c.Line, spec); err != nil {
		return nil, err
	}
	m, err := newMasks(commandMasks(), spec.Subst)
	if err != nil {
		return nil, err
	}
	r := &run{home: h, spec: spec, servers: map[string]*server{}}
	defer r.end()
	if err := r.prepare(); err != nil {
		return nil, fmt.Errorf("preparing: %w", err)
	}
	got := map[string]any{"stdout": "", "stderr": ""}
	if err := r.start(got); err != nil {
		return nil, err
	}
	if err := r.observe(got); err != nil {
		return nil, fmt.Errorf("looking at the outcome: %w", err)
	}
	hide := r.hide()
	if err := wipe(h.Dir, spec.Clean); err != nil {
		return nil, err
	}
	for k, v := range got {
		got[k] = m.value(v, hide)
	}
	for _, k := range spec.Unchecked {
		delete(got, k)
	}
	return plain(got)
}

// run is one case being played.
type run struct {
	home    Home
	spec    *command
	queues  bool     // to qmail-queued
	refuses *standIn // in whose place there is this
	work    string   // {W}
	cap     string   // CAPTURE_DIR
	servers map[string]*server
	env     []string
	cred    *syscall.Credential
}

func (r *run) end() {
	if r.refuses != nil {
		r.refuses.end()
	}
	for _, sv := range r.servers {
		sv.listener.Close()
	}
	for _, dir := range []string{r.work, r.cap} {
		if dir != "" {
			os.RemoveAll(dir)
		}
	}
}

// prepare builds the case's world.
func (r *run) prepare() (err error) {
	if r.work, err = scratch("qc.", 0o755); err != nil {
		return err
	}
	if r.cap, err = newCapture(); err != nil {
		return err
	}
	for name, sc := range r.spec.Servers {
		if r.servers[name], err = listen(sc); err != nil {
			delete(r.servers, name)
			return err
		}
	}
	for _, part := range []string{"control", "users", "alias"} {
		if err := clear(filepath.Join(r.home.Dir, part)); err != nil {
			return err
		}
	}
	if err := wipe(r.home.Dir, r.spec.Clean); err != nil {
		return err
	}
	if err := r.spec.Home.put(r.home.Dir, r.fill); err != nil {
		return err
	}
	if err := r.spec.Files.put(r.work, r.fill); err != nil {
		return err
	}
	if err := r.reside(); err != nil {
		return err
	}
	r.setEnv()
	if r.spec.User != "" {
		if err := r.become(r.spec.User); err != nil {
			return err
		}
	}
	return r.setup()
}

func newCapture() (string, error) {
	dir, err := scratch("qcap.", 0o777)
	if err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "capture"), []byte(capture), 0o755)
}

func (r *run) setEnv() {
	env := vars{{"PATH", r.home.Bin + ":/usr/bin:/bin"}, {"CAPTURE_DIR", r.cap}, {"TZ", "UTC"}, {"LC_ALL", "C"}}
	for _, v := range r.spec.Env {
		env.set(v[0], r.fill(v[1]))
	}
	r.env = env.environ()
}

// become gives the working folder to a user and runs what follows as it.
func (r *run) become(name string) error {
	u, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err1 := strconv.Atoi(u.Uid)
	gid, err2 := strconv.Atoi(u.Gid)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	r.cred = &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
	return filepath.Walk(r.work, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, uid, gid)
	})
}

func (r *run) setup() error {
	if r.spec.Setup == "" {
		return nil
	}
	cmd := exec.Command("/bin/sh", "-ec", string(raw(r.fill(r.spec.Setup))))
	cmd.Dir, cmd.Env = r.work, r.env
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: r.cred, Setsid: true}
	exit, err := wait(cmd, setupTimeout)
	if err == nil && exit != 0 {
		err = fmt.Errorf("setup: exit %v", exit)
	}
	return err
}

// start runs the command under test to its end.
func (r *run) start(got map[string]any) error {
	var argv []string
	if r.spec.Shell != nil {
		argv = []string{"/bin/sh", "-c", r.fill(*r.spec.Shell)}
	} else {
		for _, a := range r.spec.Run {
			argv = append(argv, r.fill(a))
		}
	}
	for i, a := range argv {
		argv[i] = string(raw(a))
	}
	if !strings.Contains(argv[0], "/") {
		argv[0] = filepath.Join(r.home.Bin, argv[0])
	}
	var stdout, stderr bytes.Buffer
	cmd := &exec.Cmd{
		Path: argv[0], Args: argv, Dir: filepath.Join(r.work, r.spec.Cwd), Env: r.env,
		Stdin: bytes.NewReader(raw(r.fill(r.spec.Stdin))), Stdout: &stdout, Stderr: &stderr,
		SysProcAttr: &syscall.SysProcAttr{Credential: r.cred, Setsid: true},
	}
	limit := usualTimeout
	if r.spec.Timeout != 0 {
		limit = time.Duration(r.spec.Timeout * float64(time.Second))
	}
	exit, err := wait(cmd, limit)
	if err != nil {
		return err
	}
	got["exit"] = exit
	if exit == timedOut {
		delete(got, "stdout")
		delete(got, "stderr")
		return nil
	}
	got["stdout"], got["stderr"] = text(stdout.Bytes()), text(stderr.Bytes())
	return nil
}

const timedOut = "timed out"

// wait runs cmd until it and all that hold its output have ended. The exit is
// a code, the negative number of a signal, or timedOut.
func wait(cmd *exec.Cmd, limit time.Duration) (exit any, err error) {
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	select {
	case err = <-done:
	case <-time.After(limit):
		syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
		select {
		case <-done:
		case <-time.After(finishWait): // someone left its process group with the output
		}
		return timedOut, nil
	}
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		return nil, err
	}
	ws := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ws.Signaled() {
		return -int(ws.Signal()), nil
	}
	return ws.ExitStatus(), nil
}

// observe adds all that is not the process's own: messages handed over, files,
// what the servers got.
func (r *run) observe(got map[string]any) error {
	if stdout, ok := got["stdout"].(string); ok && r.spec.Sorted {
		got["stdout"] = inOrderOfLetters(stdout)
	}
	queued, err := r.queued(fmt.Sprint(got["stdout"], got["stderr"]))
	if err != nil {
		return err
	}
	got["queued"] = queued
	fs, err := tree(r.work, r.spec.Ignore)
	if err != nil {
		return err
	}
	for _, name := range r.spec.Look {
		v, err := look(filepath.Join(r.home.Dir, name))
		if err != nil {
			return err
		}
		fs = append(fs, entry{"{HOME}/" + name, v})
	}
	got["files"] = fs
	if len(r.servers) > 0 {
		net := map[string]any{}
		for name, sv := range r.servers {
			net[name] = sv.finish()
		}
		got["net"] = net
	}
	return nil
}

// captured returns the messages that the stand-in for qmail-queue was handed.
func captured(dir string) ([]any, error) {
	queued := []any{}
	for i := 1; ; i++ {
		d := filepath.Join(dir, strconv.Itoa(i))
		if fi, err := os.Stat(d); err != nil || !fi.IsDir() {
			return queued, nil
		}
		mess, err1 := look(filepath.Join(d, "mess"))
		env, err2 := look(filepath.Join(d, "env"))
		if err := errors.Join(err1, err2); err != nil {
			return nil, err
		}
		queued = append(queued, map[string]any{"mess": mess, "env": env})
	}
}

func (r *run) fill(s string) string {
	s = strings.NewReplacer("{W}", r.work, "{HOME}", r.home.Dir, "{BIN}", r.home.Bin,
		"{CAPTURE}", filepath.Join(r.cap, "capture")).Replace(s)
	for name, sv := range r.servers {
		s = strings.ReplaceAll(s, "{PORT:"+name+"}", sv.port())
	}
	return s
}

func (r *run) hide() [][2]string {
	hide := [][2]string{{r.work, "{W}"}, {r.home.Dir, "{HOME}"}, {r.home.Bin, "{BIN}"},
		{filepath.Join(r.cap, "capture"), "{CAPTURE}"}}
	for name, sv := range r.servers {
		hide = append(hide, [2]string{":" + sv.port(), ":{PORT:" + name + "}"})
	}
	return hide
}
