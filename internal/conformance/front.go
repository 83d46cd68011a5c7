package conformance

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	homes "qmailkit/internal/home"
	"qmailkit/internal/queuewire"
)

// captureName is how a case names the stand-in for qmail-queue.
const captureName = "{CAPTURE}"

// front is the programs that stay of a private home: its qmail-queued runs, and
// in bin there is a qmail-local that has a kept one do its jobs.
type front struct {
	home string
	bin  string // the home's bin, but for the programs that are stood in for

	queued *exec.Cmd
}

// raise starts it in the home dir.
func raise(dir string) (*front, error) {
	f := &front{home: dir, bin: filepath.Join(dir, "front")}
	if err := f.fillBin(); err != nil {
		return nil, err
	}
	f.queued = exec.Command(filepath.Join(dir, "bin/qmail-queued"))
	f.queued.Env, f.queued.Dir, f.queued.Stderr = []string{"PATH=/usr/bin:/bin"}, "/", os.Stderr
	if err := f.queued.Start(); err != nil {
		return nil, err
	}
	for end := time.Now().Add(usualTimeout); time.Now().Before(end); time.Sleep(shortQuiet) {
		if conn, err := net.Dial("unix", f.socket()); err == nil {
			return f, conn.Close()
		}
	}
	f.lower()
	return nil, errors.New("qmail-queued does not listen")
}

func (f *front) lower() error {
	return errors.Join(f.queued.Process.Signal(syscall.SIGTERM), f.queued.Wait())
}

func (f *front) socket() string { return homes.Socket(f.home, queuewire.Socket) }

// fillBin links the home's programs, and puts in the place of qmail-local what
// has this test's program play qmail-lspawn.
func (f *front) fillBin() error {
	own := filepath.Join(f.home, "bin")
	entries, err := os.ReadDir(own)
	if err == nil {
		err = os.Mkdir(f.bin, 0o755)
	}
	for _, e := range entries {
		if err == nil && e.Name() != stayingName {
			err = os.Symlink(filepath.Join(own, e.Name()), filepath.Join(f.bin, e.Name()))
		}
	}
	if err != nil {
		return err
	}
	self, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		return err
	}
	// A copy, which whoever runs it may read.
	peer := filepath.Join(f.bin, ".peer")
	return errors.Join(os.WriteFile(peer, self, 0o755),
		os.WriteFile(filepath.Join(f.bin, stayingName), []byte("#!/bin/sh\nexec "+peer+" "+stayingWord+" "+own+"/"+stayingName+" \"$@\"\n"), 0o755),
		os.WriteFile(filepath.Join(f.bin, listeningName), []byte("#!/bin/sh\nexec "+peer+" "+listeningWord+" "+own+"/\"$1\"\n"), 0o755))
}

// messages takes all that qmail-queued has queued out of the queue, in the order
// in which it came. In the queue each is as qmail-queue leaves it, and of those
// that were given up nothing is left. Numbers that were told in said are theirs.
func (f *front) messages(said string) ([]any, error) {
	var todo []string
	root := filepath.Join(f.home, "queue")
	whole := func() bool {
		todo = below(root, "todo/*")
		mess, intd := below(root, "mess/*/*"), below(root, "intd/*")
		// qmail-queued keeps files for envelopes, whose names end so.
		pid := slices.DeleteFunc(below(root, "pid/*"), func(name string) bool { return strings.HasSuffix(name, ".e") })
		return len(mess) == len(todo) && len(intd) == len(todo) && len(pid) == 0
	}
	for end := time.Now().Add(usualTimeout); !whole(); time.Sleep(shortQuiet / 10) {
		if time.Now().After(end) {
			return nil, fmt.Errorf("what is left in the queue is not whole: %q", below(root, "*/*"))
		}
	}
	type message struct {
		number int
		value  any
	}
	var all []message
	for _, path := range todo {
		number, value, err := f.message(root, filepath.Base(path))
		if err != nil {
			return nil, err
		}
		all = append(all, message{number, value})
	}
	slices.SortFunc(all, func(a, b message) int { return a.number - b.number })
	queued, numbers := []any{}, []string{}
	for _, m := range all {
		queued, numbers = append(queued, m.value), append(numbers, strconv.Itoa(m.number))
	}
	for _, told := range told.FindAllStringSubmatch(said, -1) {
		if !slices.Contains(numbers, told[1]) {
			return nil, fmt.Errorf("%q was told, but queued are %q", told[0], numbers)
		}
	}
	return queued, nil
}

func below(root, pattern string) []string {
	names, _ := filepath.Glob(filepath.Join(root, pattern))
	return names
}

// What qmail-queue writes before a message, what others say of it, and what it
// writes before an envelope.
var (
	invoked = regexp.MustCompile(`^Received: \(qmail (\d+) invoked (?:by uid (\d+)|from network|by alias|for bounce)\); [^\n]*\n`)
	told    = regexp.MustCompile(`\bqp[ _](\d+)\b`)
	owner   = regexp.MustCompile(`^u(\d+)\x00p(\d+)\x00`)
)

func (f *front) message(root, id string) (number int, value any, err error) {
	n, err := strconv.Atoi(id)
	if err != nil {
		return 0, nil, err
	}
	mess := filepath.Join(root, "mess", strconv.Itoa(n%split), id)
	paths := []string{mess, filepath.Join(root, "todo", id), filepath.Join(root, "intd", id)}
	var texts [3]string
	for i, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return 0, nil, err
		}
		texts[i] = string(data)
		if err := os.Remove(path); err != nil {
			return 0, nil, err
		}
	}
	head, who := invoked.FindStringSubmatch(texts[0]), owner.FindStringSubmatch(texts[1])
	if head == nil || who == nil || head[1] != who[2] || head[2] != "" && head[2] != who[1] || texts[1] != texts[2] {
		return 0, nil, fmt.Errorf("message %s: %.200q with the envelope %q and %q", id, texts[0], texts[1], texts[2])
	}
	number, err = strconv.Atoi(who[2])
	return number, map[string]any{
		"mess": text([]byte(strings.TrimPrefix(texts[0], head[0]))),
		"env":  text([]byte(strings.TrimPrefix(texts[1], who[0]) + "\x00")),
	}, err
}

// reside has what the case queues go to qmail-queued, and what it delivers be a
// spawner's job, where programs stay.
func (r *run) reside() error {
	f := r.home.front
	if f == nil {
		return nil
	}
	if r.spec.Spawned != nil {
		return f.putMessage(r.spec)
	}
	program, _ := r.spec.Env.get("QMAILQUEUE")
	if program != captureName {
		return nil
	}
	r.queues = true
	r.spec.Env.unset("QMAILQUEUE")
	exit, refuses := r.spec.Env.get("CAPTURE_EXIT")
	if !refuses {
		return nil
	}
	code, err := strconv.Atoi(exit)
	if err == nil {
		r.refuses, err = f.standIn(r.cap, code)
	}
	return err
}

// putMessage puts a message into the queue for a spawner.
func (f *front) putMessage(spec *command) error {
	path := filepath.Join(f.home, "queue", spawned)
	uid, err := lookupID("qmailq")
	return errors.Join(err, os.WriteFile(path, raw(*spec.Spawned), 0o644), os.Chown(path, uid, -1))
}

// queued returns what was queued. Whoever said that it was has said said.
func (r *run) queued(said string) ([]any, error) {
	if r.spec.Spawned != nil {
		if err := os.Remove(filepath.Join(r.home.Dir, "queue", spawned)); err != nil {
			return nil, err
		}
	}
	if !r.queues || r.refuses != nil {
		return captured(r.cap)
	}
	return r.home.front.messages(said)
}
