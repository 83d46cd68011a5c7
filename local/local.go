// Package local is what happens to a message at its destination: what its
// user's dot-qmail files say (dot-qmail(5)), and following it: mbox, Maildir,
// programs, forwarding.
//
// The delivery engine takes a Job and returns a Result. It changes neither
// the process's folder nor its umask, so that one process can serve many
// deliveries of its user; the process's umask should be 077, because programs
// inherit it.
package local

import (
	"context"
	"errors"
	"os"
	"strconv"
	"sync"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/home"
	"qmailkit/internal/plain"
	"qmailkit/maildir"
)

// Job is one delivery to one recipient, the arguments of qmail-local(8).
type Job struct {
	User    string // the account's name, for USER only
	Home    string // the user's home folder, an absolute name
	Local   string // the recipient up to its last '@'
	Dash    string // what stands between ".qmail" and Ext, "" for the user's own address
	Ext     string // the address extension
	Host    string // the recipient behind its last '@'
	Sender  string // the envelope sender
	Default string // instructions for want of a dot-qmail file

	Message plain.FD // its offset is changed

	// Output returns the descriptors for what programs say. It may be called
	// several times, or not at all.
	Output func() (stdout, stderr *os.File, err error)
}

// Result is what became of a Job.
type Result struct {
	// Err is nil after a delivery. Its text is a report without a newline; it
	// is empty when a program failed, which has then spoken for itself.
	// cmd.IsPermanent tells whether trying again is of use.
	Err error

	Files    int // mbox and maildir instructions followed
	Forwards int // addresses forwarded to
	Programs int // programs run
	QP       int // the process id of the queueing program, 0 without forwards
}

// Report is what qmail-local says at the end, with its newlines: "did 1+0+0",
// or what went wrong.
func (r Result) Report() string {
	if r.Err != nil {
		if text := r.Err.Error(); text != "" {
			return text + "\n"
		}
		return ""
	}
	s := "did " + strconv.Itoa(r.Files) + "+" + strconv.Itoa(r.Forwards) + "+" + strconv.Itoa(r.Programs) + "\n"
	if r.QP != 0 {
		s += "qp " + strconv.Itoa(r.QP) + "\n"
	}
	return s
}

// Code is the exit code that means the same.
func (r Result) Code() int {
	switch {
	case r.Err == nil:
		return 0
	case cmd.IsPermanent(r.Err):
		return cmd.ExitPermanent
	}
	return cmd.ExitTemporary
}

// Engine delivers for one process. Many goroutines may use it at once.
type Engine struct {
	proc    *cmd.Proc
	names   *maildir.Namer
	scratch sync.Pool
}

// NewEngine returns the engine of the process p, whose environment the
// deliveries start from. There should be one in a process (maildir.NewNamer).
func NewEngine(p *cmd.Proc) *Engine {
	return &Engine{proc: p, names: maildir.NewNamer(p.Now, p.Pid), scratch: sync.Pool{New: newScratch}}
}

// Deliver follows the instructions for job. When ctx ends, no further
// instruction is begun, and the result is a temporary failure.
func (e *Engine) Deliver(ctx context.Context, job Job) Result {
	d := &delivery{Engine: e, Job: job, ctx: ctx, content: content{file: job.Message}, scratch: e.scratch.Get().(*scratch)}
	err := d.deliver()
	e.scratch.Put(d.scratch)
	d.result.Err = err
	return d.result
}

// Plan is what Deliver would do.
type Plan struct {
	Sticky bool     // the home folder is sticky: Deliver would refuse for now
	Lines  []string // the instructions, "mbox ./Mailbox"
	Result Result   // counts, or why Deliver would fail
}

// Describe says what Deliver would do with any message of the job, which
// needs none.
func (e *Engine) Describe(job Job) Plan {
	d := &delivery{Engine: e, Job: job, ctx: context.Background()}
	var plan Plan
	plan.Sticky, d.result.Err = d.checkHome()
	if d.result.Err == nil {
		d.result.Err = d.prepare()
	}
	if d.result.Err == nil {
		d.result.Err = d.each(func(in Instruction) error {
			plan.Lines = append(plan.Lines, in.String())
			return nil
		})
	}
	plan.Result = d.result
	return plan
}

// delivery is a Job while it is worked on.
type delivery struct {
	*Engine
	Job
	ctx     context.Context
	content content
	scratch *scratch
	header  headerLines
	env     []string // for programs and the queueing program
	sender  string   // for forwards
	dot     dotQmail
	result  Result
	stop    bool // a program has asked for no more instructions
}

func (d *delivery) deliver() error {
	sticky, err := d.checkHome()
	if err != nil {
		return err
	}
	if sticky {
		return temporary("Home directory is sticky: user is editing his .qmail file. (#4.2.1)")
	}
	d.header = d.headerLines(d.proc.Now())
	if err := d.rewind(); err != nil {
		return err
	}
	if err := d.content.load(d.scratch.first[:]); err != nil {
		return temporary((&readError{err}).Error())
	}
	if err := d.checkLoop(); err != nil {
		return err
	}
	if err := d.prepare(); err != nil {
		return err
	}
	d.env = d.environment()
	var forwards []string
	err = d.each(func(in Instruction) error {
		if err := d.ctx.Err(); err != nil {
			return temporary("Delivery was interrupted. (#4.3.0)")
		}
		if in.Kind == Forward {
			forwards = append(forwards, in.Argument())
			return nil
		}
		return d.follow(in)
	})
	if err != nil || len(forwards) == 0 {
		return err
	}
	return d.forward(forwards)
}

// each gives the instructions to do in their order, as far as they are
// allowed, and counts them.
func (d *delivery) each(do func(Instruction) error) error {
	forwardOnly := d.dot.executable
	for _, in := range d.dot.instructions {
		switch in.Kind {
		case List:
			forwardOnly = true
			continue
		case Forward:
			d.result.Forwards++
			if in.Argument() == "" {
				return temporary("Uh-oh: .qmail file has an empty forward address. (#4.2.1)")
			}
		case Program:
			d.result.Programs++
			if forwardOnly {
				return temporary("Uh-oh: .qmail has prog delivery but has x bit set. (#4.7.0)")
			}
		default:
			d.result.Files++
			if forwardOnly {
				return temporary("Uh-oh: .qmail has file delivery but has x bit set. (#4.7.0)")
			}
		}
		if err := do(in); err != nil {
			return err
		}
		if d.stop {
			break
		}
	}
	return nil
}

// follow does what an instruction other than a forward says.
func (d *delivery) follow(in Instruction) error {
	switch in.Kind {
	case Mbox:
		return d.toMbox(in.Argument())
	case Maildir:
		return d.toMaildir(in.Argument())
	default:
		return d.toProgram(in.Argument())
	}
}

// checkHome refuses a home folder that is not safe to follow instructions
// from, and tells whether it is sticky.
func (d *delivery) checkHome() (sticky bool, err error) {
	// The dot makes this need what chdir(2) needs: a folder, and the right to search it.
	var st syscall.Stat_t
	if err := plain.Stat(d.Home+"/.", &st); err != nil {
		return false, temporary("Unable to switch to " + d.Home + ": " + errstr.Text(err) + ". (#4.3.0)")
	}
	if uint32(st.Mode)&0o777&home.Patrn() != 0 {
		return false, temporary("Uh-oh: home directory is writable. (#4.7.0)")
	}
	return st.Mode&syscall.S_ISVTX != 0, nil
}

// path returns a file's name as seen from the home folder. It does not clean
// it: ".." behind a symbolic link is not what precedes it.
func (d *delivery) path(name string) string {
	if name != "" && name[0] == '/' {
		return name
	}
	return d.Home + "/" + name
}

func (d *delivery) rewind() error {
	if d.content.file.Rewind() != nil {
		return temporary("Unable to rewind message. (#4.3.0)")
	}
	return nil
}

// temporary and permanent make a failure with the given report.
func temporary(report string) error { return &cmd.Temporary{Err: errors.New(report)} }
func permanent(report string) error { return &cmd.Permanent{Err: errors.New(report)} }
