package conformance

import (
	"bytes"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	"qmailkit/remote"
)

// Why a case has no form in which programs that stay do the work.
const (
	noDifference  = "nothing is queued or delivered"
	ownQueue      = "QMAILQUEUE names a program of the case's own"
	looksAtQueue  = "it looks at qmail-queue as a process"
	ownRemote     = "QMAILREMOTE or PATH names a program of the case's own"
	noSpawnersJob = "it asks for what no spawner asks for"
	longAddress   = "an address is longer than the queue takes"
	uncompared    = "what its program says is not compared, and cannot be told from the rest"
)

// spawned is where a message for a spawner is put, below the queue.
const spawned = "mess/7/7777779"

// Resident returns a job in the form in which programs that stay do the work,
// with what is to be expected then: the same bytes, but for these.
//
//   - What is handed to the queue is seen in the queue itself, as qmail-queued
//     leaves it, or by a stand-in for qmail-queued where refusals are played.
//   - qmail-local has one output for a job that it is sent. Where both stdout
//     and stderr are expected, the order of the lines is not compared.
//   - A session of qmail-smtpd's or qmail-qmqpd's is one of the server that
//     listens itself, where all is known of the client. It has no exit code.
//   - qmail-remote's delivery is made by qmail-rspawn, whose report says the same
//     in one field.
//
// Where there is no such form, why says so.
func (j Job) Resident() (resident Job, why string) {
	if j.Scenario {
		if queued, _ := j.Case.Expect["queued"].([]any); len(queued) == 0 {
			return j, noDifference
		}
		return j, ""
	}
	spec := &command{}
	if err := json.Unmarshal(j.Case.Line, spec); err != nil {
		return j, err.Error()
	}
	program, named := spec.Env.get("QMAILQUEUE")
	switch name := j.Case.Command(); {
	case name == "qmail-queue":
		return j, looksAtQueue
	case named && program != captureName:
		return j, ownQueue
	case j.Case.hasLong():
		return j, longAddress
	case name == "qmail-local" && len(spec.Unchecked) > 0:
		return j, uncompared
	case name == "qmail-local":
		c, err := j.Case.oneOutput()
		if err != nil {
			return j, err.Error()
		}
		return Job{Case: c}, ""
	case name == "qmail-remote":
		c, ok := j.Case.throughSpawner(spec)
		if !ok {
			return j, noSpawnersJob
		}
		return Job{Case: c}, ""
	case name == "qmail-rspawn":
		return j, ownRemote
	case named && len(spec.Run) == 1 && (name == "qmail-smtpd" || name == "qmail-qmqpd") && spec.Env.ofClient():
		c, err := j.Case.byListener(spec)
		if err != nil {
			return j, err.Error()
		}
		return Job{Case: c}, ""
	case named:
		return j, ""
	}
	return j, noDifference
}

// with is the case with other expectations and other parts of its line. What
// is not among them keeps its order.
func (c *Case) with(expect Outcome, parts map[string]any) (*Case, error) {
	other := &Case{ID: c.ID, Why: c.Why, Expect: maps.Clone(c.Expect)}
	maps.Copy(other.Expect, expect)
	var line map[string]json.RawMessage
	err := json.Unmarshal(c.Line, &line)
	for name, value := range parts {
		if err == nil {
			line[name], err = json.Marshal(value)
		}
	}
	if err == nil {
		other.Line, err = json.Marshal(line)
	}
	return other, err
}

// maxAddress is the longest address that qmail-queue takes.
const maxAddress = 1003

func (c *Case) hasLong() bool {
	queued, _ := c.Expect["queued"].([]any)
	for _, q := range queued {
		env, _ := q.(map[string]any)["env"].(string)
		for record := range strings.SplitSeq(env, "\x00") {
			if len(record) > maxAddress {
				return true
			}
		}
	}
	return false
}

// ofClient tells whether the variables are those of a server that knows all of a
// connection, and could stand in a line of rules.
func (vs vars) ofClient() bool {
	for _, v := range vs {
		if strings.Contains(v[1], "\n") {
			return false
		}
	}
	for _, name := range []string{"TCPREMOTEIP", "TCPREMOTEHOST", "TCPLOCALIP", "TCPLOCALHOST"} {
		if _, set := vs.get(name); !set {
			return false
		}
	}
	return true
}

// byListener has a server that listens serve the session.
func (c *Case) byListener(spec *command) (*Case, error) {
	other, err := c.with(nil, map[string]any{
		"run": []string{listeningName, spec.Run[0] + "-listen"}, "unchecked": append(spec.Unchecked, "exit"),
	})
	delete(other.Expect, "exit")
	return other, err
}

// oneOutput expects what goes to stderr on stdout.
func (c *Case) oneOutput() (*Case, error) {
	stdout, _ := c.Expect["stdout"].(string)
	stderr, _ := c.Expect["stderr"].(string)
	if stderr == "" {
		return c, nil
	}
	return c.with(Outcome{"stdout": inOrderOfLetters(stderr + stdout), "stderr": ""}, map[string]any{"sorted": true})
}

func inOrderOfLetters(text string) string {
	lines := strings.SplitAfter(text, "\n")
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// throughSpawner has qmail-rspawn make the delivery that qmail-remote was run
// for, if it is of the kind that qmail-rspawn makes: for one recipient, at the
// host of its address.
func (c *Case) throughSpawner(spec *command) (*Case, bool) {
	args := spec.Run
	if len(args) != 4 || spec.Setup != "" || spec.User != "" || c.Expect["exit"] != 0.0 {
		return nil, false
	}
	at := strings.LastIndexByte(args[3], '@')
	if at < 0 || args[3][at+1:] != args[1] {
		return nil, false
	}
	said, _ := c.Expect["stdout"].(string)
	verdict, some, err := remote.ReadVerdict(bytes.NewReader(raw(said)))
	if err != nil || !some {
		return nil, false
	}
	// Before all, how many deliveries it makes at once.
	report := "x\x00" + text([]byte(string(verdict.Letter)+verdict.Text)) + "\x00"
	request := "\x00" + strings.TrimPrefix(spawned, "mess/") + "\x00" + args[2] + "\x00" + args[3] + "\x00"
	other, err := c.with(Outcome{"stdout": report}, map[string]any{"run": []string{"qmail-rspawn"}, "stdin": request, "spawned": spec.Stdin})
	return other, err == nil
}
