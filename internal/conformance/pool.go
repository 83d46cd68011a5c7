package conformance

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"

	"qmailkit/internal/testhome"
)

// Job is a case to play; Scenario says which of the two kinds it is.
type Job struct {
	Case     *Case
	Scenario bool
}

// Result is how a job ended: played, unless Err says why it could not be.
type Result struct {
	Job
	Got Outcome
	Err error
}

// workerVar marks a process as a worker, and holds its home: the folders, and
// its kind.
const workerVar = "QMAILKIT_CONFORMANCE_WORKER"

// answerLine is a worker's answer to a job.
type answerLine struct {
	Got Outcome
	Err string
}

// PlayAll plays the jobs against the home and hands each result to done, one
// at a time. With several workers each is a process that has a private copy of
// the home (see Worker); with one, this process plays against the home itself.
func PlayAll(h Home, jobs []Job, workers int, done func(Result)) error {
	var mu sync.Mutex
	report := func(r Result) {
		mu.Lock()
		defer mu.Unlock()
		done(r)
	}
	if workers == 1 {
		defer syscall.Umask(settleIn())
		for _, j := range jobs {
			r := Result{Job: j}
			r.Got, r.Err = h.play(j)
			report(r)
		}
		return nil
	}
	queue := make(chan Job)
	stop := make(chan struct{})
	errs := make(chan error, workers)
	var syslog sync.Mutex
	for range workers {
		go func() { errs <- work(h, queue, &syslog, report) }()
	}
	go func() {
		defer close(queue)
		for _, j := range jobs {
			select {
			case queue <- j:
			case <-stop:
				return
			}
		}
	}()
	var all []error
	for range workers {
		if err := <-errs; err != nil {
			all = append(all, err)
		}
	}
	close(stop)
	return errors.Join(all...)
}

// settleIn makes of this process one in which cases can be played: commands
// get no descriptor that it was left, and a plain umask. It returns the old.
func settleIn() int {
	for fd := 3; fd < 256; fd++ {
		syscall.CloseOnExec(fd)
	}
	return syscall.Umask(0o022)
}

func (h Home) play(j Job) (Outcome, error) {
	if j.Scenario {
		return h.PlayScenario(j.Case)
	}
	return h.Play(j.Case)
}

// work starts one worker and feeds it.
func work(h Home, queue <-chan Job, syslog *sync.Mutex, report func(Result)) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), workerVar+"="+h.Dir+":"+h.Bin+":"+kind(h))
	cmd.SysProcAttr = testhome.PrivateAttr()
	var stderr strings.Builder
	cmd.Stderr = &stderr
	in, err1 := cmd.StdinPipe()
	out, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2, cmd.Start()); err != nil {
		return err
	}
	defer cmd.Wait()
	defer in.Close()
	r := bufio.NewReader(out)
	for j := range queue {
		// A private home has no /dev of its own.
		shared := bytes.Contains(j.Case.Line, []byte("/dev/log"))
		if shared {
			syslog.Lock()
		}
		res, err := ask(in, r, j)
		if shared {
			syslog.Unlock()
		}
		if err != nil {
			return fmt.Errorf("worker, playing %s: %w: %s", j.Case.ID, err, stderr.String())
		}
		report(res)
	}
	return nil
}

// ask has a worker play one job.
func ask(in io.Writer, out *bufio.Reader, j Job) (Result, error) {
	res := Result{Job: j}
	kind := "C"
	if j.Scenario {
		kind = "S"
	}
	if _, err := fmt.Fprintf(in, "%s%s\n", kind, j.Case.Line); err != nil {
		return res, err
	}
	line, err := out.ReadBytes('\n')
	if err != nil {
		return res, err
	}
	var a answerLine
	if err := json.Unmarshal(line, &a); err != nil {
		return res, err
	}
	res.Got = a.Got
	if a.Err != "" {
		res.Err = errors.New(a.Err)
	}
	return res, nil
}

// Worker plays the cases that it reads, against a private copy of its home,
// when this process is a worker of PlayAll; it does not return then. A test's
// TestMain calls it first.
func Worker() {
	words := strings.Split(os.Getenv(workerVar), ":")
	if len(words) != 3 {
		return
	}
	os.Unsetenv(workerVar)
	if err := serve(Home{Dir: words[0], Bin: words[1], Resident: words[2] == residentKind}, os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// residentKind is the kind of a home in which programs stay.
const residentKind = "resident"

func kind(h Home) string {
	if h.Resident {
		return residentKind
	}
	return "classic"
}

func serve(h Home, in io.Reader, out io.Writer) (err error) {
	if err := testhome.Enter(); err != nil {
		return err
	}
	if err := (testhome.Copy{}).Mount(h.Dir); err != nil {
		return err
	}
	settleIn()
	if h.Resident {
		if h.front, err = raise(h.Dir); err != nil {
			return err
		}
		defer func() { err = errors.Join(err, h.front.lower()) }()
		h.Bin = h.front.bin
	}
	r := bufio.NewReader(in)
	for {
		line, err := r.ReadBytes('\n')
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		a := answerLine{}
		c := &Case{Line: line[1:]}
		if err = json.Unmarshal(c.Line, c); err == nil {
			a.Got, err = h.play(Job{c, line[0] == 'S'})
		}
		if err != nil {
			a.Err = err.Error()
		}
		reply, err := json.Marshal(a)
		if err != nil {
			return err
		}
		if _, err := out.Write(append(reply, '\n')); err != nil {
			return err
		}
	}
}
