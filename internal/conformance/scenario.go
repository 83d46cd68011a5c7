package conformance

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A scenario is a case of qmail-send alone: the runner stands where
// qmail-start, the two spawners, qmail-clean and qmail-queue would be.
type scenario struct {
	Control   map[string]*controlFile
	Queue     files
	Limits    []*int // what each spawner announces; nil hangs up instead
	Replies   []reply
	Reverse   bool
	Clean     map[string]string // answers to requests that are not obeyed
	Exits     []int             // of successive bounce injections
	HoldMutex bool              `json:"hold_mutex"`
	Env       vars
	Steps     [][]json.RawMessage
	Times     []string
	Slop      int
	AnyOrder  bool `json:"any_order"`
	Unchecked []string
	Subst     [][2]string
}

// controlFile is a text, or a folder where a file should be.
type controlFile struct {
	text string
	dir  bool
}

func (c *controlFile) UnmarshalJSON(data []byte) error {
	if data[0] == '{' {
		c.dir = true
		return nil
	}
	return json.Unmarshal(data, &c.text)
}

// reply is [REGEX, [REPORT or null, ...]]: how successive deliveries end.
type reply struct {
	pattern *regexp.Regexp
	reports []*string
	used    int
}

func (r *reply) UnmarshalJSON(data []byte) error {
	var parts [2]json.RawMessage
	var expr string
	if err := json.Unmarshal(data, &parts); err != nil {
		return err
	}
	if err := json.Unmarshal(parts[0], &expr); err != nil {
		return err
	}
	var err error
	if r.pattern, err = regexp.Compile(expr); err != nil {
		return err
	}
	return json.Unmarshal(parts[1], &r.reports)
}

// PlayScenario plays one scenario of qmail-send. It needs root.
func (h Home) PlayScenario(c *Case) (Outcome, error) {
	p := &play{home: h, queue: filepath.Join(h.Dir, "queue")}
	if err := json.Unmarshal(c.Line, &p.spec); err != nil {
		return nil, err
	}
	m, err := newMasks(scenarioMasks(), p.spec.Subst)
	if err != nil {
		return nil, err
	}
	defer p.end()
	if err := p.prepare(); err != nil {
		return nil, fmt.Errorf("preparing: %w", err)
	}
	if err := p.start(); err != nil {
		return nil, err
	}
	if err := p.steps(); err != nil {
		return nil, err
	}
	p.stop()
	got, err := p.outcome()
	if err != nil {
		return nil, err
	}
	for k, v := range got {
		got[k] = m.value(v, [][2]string{{h.Dir, "{HOME}"}})
	}
	for _, k := range p.spec.Unchecked {
		delete(got, k)
	}
	if err := p.wipe(); err != nil {
		return nil, err
	}
	return plain(got)
}

func (p *play) steps() error {
	p.settle()
	for _, raw := range p.spec.Steps {
		if err := p.step(raw); err != nil {
			return fmt.Errorf("step %s: %w", raw, err)
		}
	}
	return nil
}

// arguments are the parts of a step, its name first.
type arguments []json.RawMessage

// str is the i-th argument, "" where it is no string.
func (a arguments) str(i int) (s string) {
	if i < len(a) {
		json.Unmarshal(a[i], &s)
	}
	return s
}

// num is the i-th argument, 0 where it is no number.
func (a arguments) num(i int) (n float64) {
	if i < len(a) {
		json.Unmarshal(a[i], &n)
	}
	return n
}

func (a arguments) seconds(i int) time.Duration {
	return time.Duration(a.num(i) * float64(time.Second))
}

// step does one of the steps of FORMAT.md.
func (p *play) step(args arguments) error {
	var op string
	if err := json.Unmarshal(args[0], &op); err != nil {
		return err
	}
	switch op {
	case "settle":
		p.settle()
	case "inject":
		return p.inject(int(args.num(1)), args.str(2), args.str(3))
	case "signal":
		return p.signal(args.str(1))
	case "release":
		report := "Kok\n"
		if len(args) > 1 {
			report = args.str(1)
		}
		p.release(report)
	case "raw":
		p.send(args.str(1), raw(args.str(2)))
		p.settle()
	case "close":
		p.hangup(args.str(1))
		p.settle()
	case "trigger":
		p.trigger()
		p.settle()
	case "sleep":
		time.Sleep(args.seconds(1))
	default:
		return p.change(op, args)
	}
	return nil
}

// change does a step that changes files, which qmail-send is not told of.
func (p *play) change(op string, args arguments) error {
	switch op {
	case "put":
		f := file{name: args.str(1)}
		if err := json.Unmarshal(args[2], &f); err != nil {
			return err
		}
		return p.put(f)
	case "age":
		t := time.Now().Add(-args.seconds(2))
		return os.Chtimes(p.path(args.str(1)), t, t)
	case "rm":
		return os.Remove(p.path(args.str(1)))
	case "control":
		var files map[string]*controlFile
		if err := json.Unmarshal(args[1], &files); err != nil {
			return err
		}
		return p.control(files)
	}
	return errors.New("there is no such step")
}

// outcome collects what is compared.
func (p *play) outcome() (map[string]any, error) {
	log := strings.Split(text(p.log), "\n")
	if n := len(log) - 1; n > 0 && log[n] == "" {
		log = log[:n]
	}
	queued, err := captured(p.cap)
	if err != nil {
		return nil, err
	}
	left, err := p.leftInQueue()
	if err != nil {
		return nil, err
	}
	got := map[string]any{
		"exit": p.status, "log": log, "clean": orEmpty(p.cleaned), "queued": queued, "queue": left,
		"deliveries": p.allDeliveries(),
	}
	if len(p.spec.Times) > 0 {
		times := map[string]any{}
		for _, rel := range p.spec.Times {
			times[rel] = p.sinceInfo(rel)
		}
		got["times"] = times
	}
	if p.spec.AnyOrder {
		p.unorder(got, log)
	}
	return got, nil
}

func orEmpty(v []any) []any {
	if v == nil {
		return []any{}
	}
	return v
}

func (p *play) allDeliveries() []any {
	out := []any{}
	for _, d := range p.deliveries {
		out = append(out, []any{d.channel, int(d.slot), d.file, d.sender, d.recipient})
	}
	return out
}

// leftInQueue returns the texts of all files of the queue's message folders.
func (p *play) leftInQueue() (map[string]any, error) {
	left := map[string]any{}
	for _, dir := range messageFolders() {
		err := filepath.WalkDir(p.path(dir), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			rel, err := filepath.Rel(p.queue, path)
			if err != nil {
				return err
			}
			left[rel], err = content(path, d.Type())
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return left, nil
}

// sinceInfo is the modification time of a queue file less that of its
// message's info file, in seconds, rounded down to a multiple of slop + 1.
func (p *play) sinceInfo(rel string) any {
	n, err := strconv.Atoi(filepath.Base(rel))
	if err != nil {
		return nil
	}
	a, err1 := os.Stat(p.path(rel))
	b, err2 := os.Stat(p.path(fmt.Sprintf("info/%d/%d", n%split, n)))
	if err1 != nil || err2 != nil {
		return nil
	}
	d := int(a.ModTime().Unix() - b.ModTime().Unix())
	by := p.spec.Slop + 1
	return d - ((d%by)+by)%by
}

var (
	starting = regexp.MustCompile(`^starting delivery (\d+): (.*)$`)
	ending   = regexp.MustCompile(`^delivery (\d+):`)
)

// unorder makes an outcome comparable where the order is not said: delivery
// numbers and slots go, and lists are sorted.
func (p *play) unorder(got map[string]any, log []string) {
	what := map[string]string{}
	for _, l := range log {
		if m := starting.FindStringSubmatch(l); m != nil {
			what[m[1]] = m[2]
		}
	}
	var lines []string
	for _, l := range log {
		if strings.HasPrefix(l, "status: local") {
			continue
		}
		if m := starting.FindStringSubmatch(l); m != nil {
			l = "starting delivery: " + m[2]
		} else if m := ending.FindStringSubmatch(l); m != nil {
			name, ok := what[m[1]]
			if !ok {
				name = "?"
			}
			l = "delivery (" + name + "):" + strings.TrimPrefix(l, m[0])
		}
		lines = append(lines, l)
	}
	slices.Sort(lines)
	got["log"] = lines
	var ds [][]string
	for _, d := range p.deliveries {
		ds = append(ds, []string{d.channel, d.file, d.sender, d.recipient})
	}
	slices.SortFunc(ds, slices.Compare)
	out := []any{}
	for _, d := range ds {
		out = append(out, d)
	}
	got["deliveries"] = out
	slices.SortFunc(p.cleaned, func(a, b any) int { return slices.Compare(a.([]string), b.([]string)) })
}
