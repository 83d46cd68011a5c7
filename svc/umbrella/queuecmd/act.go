package queuecmd

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/ids"
	"qmailkit/internal/queue"
	"qmailkit/internal/trigger"
	"qmailkit/send"
	"qmailkit/send/waiting"
	"qmailkit/svc/umbrella"
)

// act is a command that changes messages.
type act struct {
	name, usage, about string
	past               string // "held"
	stopped            bool   // only while no qmail-send runs
	do                 func(*editor, *waiting.Message) error
}

// acts are all of them. What each may do beside a qmail-send is in qmail(8).
var acts = [...]act{
	{name: "hold", usage: "have messages wait until they are released", past: "held", do: (*editor).hold,
		about: "Deliveries that are under way are finished. The time in the queue goes on counting."},
	{name: "release", usage: "let go of messages that were held", past: "released", do: (*editor).release,
		about: "A qmail-send that runs finds out within two minutes."},
	{name: "expire", usage: "make the next try the last", past: "expired", do: (*editor).expire,
		about: "What cannot be delivered then goes back to its sender. To have that next try now, send\nqmail-send the signal ALRM."},
	{name: "delete", usage: "give up messages without telling anybody", past: "deleted", do: (*editor).remove,
		about: "While qmail-send runs, the recipients are marked as done, and the message goes away when\nqmail-send next looks at it: its next try, or now if you send qmail-send the signal ALRM."},
	{name: "requeue", usage: "treat messages as if they came in new", past: "requeued", do: (*editor).requeue, stopped: true,
		about: "Recipients that are still to be tried are sorted anew, by the control files of now, when\nqmail-send starts, and have all of their time in the queue before them. Not while qmail-send\nruns; if all you want is another try, send it the signal ALRM."},
}

// editor changes messages of a queue.
type editor struct {
	p       *cmd.Proc
	q       *queue.Queue
	running bool // a qmail-send is at work
	rules   *send.Rules
}

// The reasons why a message is left as it is.
var (
	errUnsorted = &cmd.Temporary{Err: errors.New("qmail-send has yet to sort it; try again in a moment")}
	errNotYet   = &cmd.Temporary{Err: errors.New("qmail-send has yet to sort it, and does not run")}
	errNobody   = &cmd.Permanent{Err: errors.New("no recipient is left to be tried")}
	errHidden   = &cmd.Permanent{Err: errors.New("it is held, and only root can see for whom it is: release it first")}
	errNotHeld  = &cmd.Permanent{Err: errors.New("it is not held")}
)

// report is what a changing command says as JSON.
type report struct {
	DryRun bool     `json:"dry_run"`
	Done   []fact   `json:"done"`
	Failed []failed `json:"failed"`
}

type failed struct {
	ID  uint64 `json:"id"`
	Why string `json:"why"`
}

func (a act) run(p *cmd.Proc, c *cli.Context) error {
	ch, err := chosen(p, c)
	if err != nil {
		return err
	}
	if ch.any != c.Bool("all") {
		return umbrella.Usage(c, "say which messages, by number or options, or --all")
	}
	q, err := open(p)
	if err != nil {
		return err
	}
	held, err := sendLock(p)
	if err != nil {
		return err
	}
	if held != nil {
		defer held.Close()
	}
	if held == nil && a.stopped {
		return &cmd.Temporary{Err: errors.New("qmail-send is running: stop it first")}
	}
	e := &editor{p: p, q: q, running: held == nil}
	return a.apply(e, ch, c)
}

// apply does it to the messages that are meant; one that cannot be changed
// does not keep the others from it.
func (a act) apply(e *editor, ch *choice, c *cli.Context) error {
	out := umbrella.NewOut(e.p, c)
	r := report{DryRun: c.Bool("dry-run"), Done: []fact{}, Failed: []failed{}}
	var messages []*waiting.Message
	rest, err := ch.each(e.p, e.q, func(m *waiting.Message) error {
		messages = append(messages, m)
		return nil
	})
	if err != nil {
		return err
	}
	word := a.past
	if r.DryRun {
		word = "would be " + word
	}
	var worst error
	progress := umbrella.NewProgress(e.p, a.name, len(messages))
	for _, m := range messages {
		progress.Step(1)
		err := e.fits(a, m)
		if err == nil && !r.DryRun {
			err = a.do(e, m)
		}
		if err != nil {
			r.Failed = append(r.Failed, failed{uint64(m.ID), err.Error()})
			if worst == nil || cmd.IsPermanent(worst) {
				worst = err
			}
			continue
		}
		r.Done = append(r.Done, factOf(e.p, m))
		out.Text(m.ID.String(), " ", out.In(umbrella.Good, word), ": <", umbrella.Safe(m.Sender), "> ", first(m), "\n")
	}
	progress.End()
	out.Text(fmt.Sprintf("%d %s, %d not\n", len(r.Done), word, len(r.Failed)))
	if err := out.Facts(r); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return a.outcome(r, worst, rest)
}

func (a act) outcome(r report, worst error, rest found) error {
	if worst == nil {
		return rest.report()
	}
	text := ""
	for _, f := range r.Failed {
		text += "qmail: message " + strconv.FormatUint(f.ID, 10) + " is not " + a.past + ": " + f.Why + "\n"
	}
	code := cmd.ExitTemporary
	if cmd.IsPermanent(worst) {
		code = cmd.ExitPermanent
	}
	return &cmd.Exit{Code: code, Text: text, Err: worst}
}

// fits says why a message is not to be touched in the state that it is in.
func (e *editor) fits(a act, m *waiting.Message) error {
	switch {
	case a.name == "release":
		if !m.Held {
			return errNotHeld
		}
	case m.Unsorted && e.running:
		return errUnsorted
	case m.Hidden && (a.name != "delete" || e.running):
		return errHidden
	case m.Unsorted && (a.name == "expire" || a.name == "requeue"):
		return errNotYet
	case m.Due() == 0 && a.name != "delete":
		return errNobody
	}
	return nil
}

// envelopes returns the files that say whom a message is for.
func (e *editor) envelopes(m *waiting.Message) []string {
	if m.Unsorted {
		return []string{e.q.Path("todo", m.ID)}
	}
	return []string{e.q.Path(send.Local.String(), m.ID), e.q.Path(send.Remote.String(), m.ID)}
}

// chmod gives the envelope files a mode; what qmail-send has removed meanwhile
// needs none.
func (e *editor) chmod(m *waiting.Message, mode os.FileMode) error {
	for _, path := range e.envelopes(m) {
		if err := os.Chmod(path, mode); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return umbrella.Fatal("unable to change its mode", err)
		}
	}
	return nil
}

const (
	modeHeld   = 0o200 // waiting.Held
	modeSorted = 0o600 // of local and remote
	modeTodo   = 0o644
)

func (e *editor) hold(m *waiting.Message) error { return e.chmod(m, modeHeld) }

func (e *editor) release(m *waiting.Message) error {
	if !m.Unsorted {
		return e.chmod(m, modeSorted)
	}
	err := e.chmod(m, modeTodo)
	trigger.Pull(e.q.Root)
	return err
}

// expire makes a message older than messages may get. Nobody but this command
// ever changes the time of a file in info.
func (e *editor) expire(m *waiting.Message) error {
	const defaultLifetime = 604800 // qmail-send(8), queuelifetime
	lifetime, ok, err := control.Dir(e.p.InHome("control")).Int("queuelifetime")
	if err != nil {
		return err
	}
	if !ok {
		lifetime = defaultLifetime
	}
	birth := e.p.Now().Add(-time.Duration(lifetime+1) * time.Second)
	if m.Queued.Before(birth) {
		return nil
	}
	if err := os.Chtimes(e.q.Path("info", m.ID), birth, birth); err != nil {
		return umbrella.Fatal("unable to change its time", err)
	}
	return nil
}

// remove ends a message. Beside a qmail-send it writes only what that would
// write itself: D where T was. The report to the sender is gone before.
func (e *editor) remove(m *waiting.Message) error {
	if e.running {
		if err := e.unlink(m, "bounce"); err != nil {
			return err
		}
		if err := e.markDone(m); err != nil {
			return err
		}
		return e.chmod(m, modeSorted) // one that was held could not be looked at
	}
	order := []string{"bounce", "local", "remote", "info", "intd", "mess"}
	if m.Unsorted {
		order = []string{"local", "remote", "info", "todo", "intd", "mess"}
	}
	return e.unlink(m, order...)
}

func (e *editor) unlink(m *waiting.Message, folders ...string) error {
	for _, folder := range folders {
		if err := os.Remove(e.q.Path(folder, m.ID)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return umbrella.Fatal("unable to remove "+e.q.Rel(folder, m.ID), err)
		}
	}
	return nil
}

// markDone overwrites the letters of the recipients that are due. They stay
// where they are as long as the file is there.
func (e *editor) markDone(m *waiting.Message) error {
	for c := range send.Channels {
		f, err := os.OpenFile(e.q.Path(c.String(), m.ID), os.O_WRONLY, 0)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return umbrella.Fatal("unable to mark recipients", err)
		}
		for _, r := range m.Recipients {
			if r.Channel == c && !r.Done && err == nil {
				_, err = f.WriteAt([]byte{'D'}, r.Pos)
			}
		}
		if err == nil {
			err = f.Sync()
		}
		f.Close()
		if err != nil {
			return umbrella.Fatal("unable to mark recipients", err)
		}
	}
	return nil
}

// requeue writes the envelope that a message had when it came in, less the
// recipients that are done. From the link to todo on, the sorted files are of
// an attempt that was cut short, and qmail-send sorts again.
func (e *editor) requeue(m *waiting.Message) error {
	if e.rules == nil {
		rules, err := send.LoadRules(control.Dir(e.p.InHome("control")))
		if err != nil {
			return err
		}
		e.rules = rules
	}
	owner, err := ids.Of(e.p.Home).User(ids.Queue)
	if err != nil {
		return err
	}
	text := "u" + strconv.Itoa(os.Getuid()) + "\x00p" + strconv.Itoa(e.p.Pid) + "\x00F" + m.Sender + "\x00"
	for _, r := range m.Recipients {
		address := r.Address
		if r.Channel == send.Local {
			address = e.rules.Original(address)
		}
		if !r.Done {
			text += "T" + address + "\x00"
		}
	}
	if err := e.q.Envelope(m.ID, []byte(text), int(owner)); err != nil {
		return umbrella.Fatal("unable to write its envelope", err)
	}
	return nil
}
