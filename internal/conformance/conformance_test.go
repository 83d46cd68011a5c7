package conformance

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"qmailkit/internal/testhome"
)

var (
	only    = flag.String("only", "", "play only the cases whose id matches this regular expression")
	home    = flag.String("home", "", "play against this scratch home instead of one made for the test")
	bin     = flag.String("bin", "", "where the commands under test are (HOME/bin)")
	shown   = flag.Int("show", 20, "how many failures to print in full")
	workers = flag.Int("workers", 6, "how many cases to play at a time, where private homes are possible")
)

func TestMain(m *testing.M) {
	Peer()
	Worker()
	code := m.Run()
	testhome.Done()
	os.Exit(code)
}

const caseFolder = "../../testdata/conformance"

// TestCases plays every recorded case against an installed home. Those that
// DEVIATIONS.md lists must fail, all others pass; cases of a program that is
// not there are left out, and the program named. An ordinary user plays those
// that need nobody else.
func TestCases(t *testing.T) {
	h := caseHome(t)
	jobs := loadJobs(t)
	deviations, err := Deviations("../../DEVIATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	if *home != "" {
		deviations = nil // some other installation
	} else {
		checkListed(t, jobs, deviations)
	}
	jobs, missing := present(jobs, h.Bin)
	if os.Geteuid() != 0 {
		all := len(jobs)
		jobs = slices.DeleteFunc(jobs, needsRoot)
		fmt.Printf("conformance: left out: %d cases that need root\n", all-len(jobs))
	}
	n := *workers
	if err := testhome.NoPrivate(); err != nil {
		t.Logf("one case at a time: %v", err)
		n = 1
	}
	s := &score{t: t, deviations: deviations}
	s.play(h, jobs, n)
	s.print(missing)
}

// TestCasesResident plays the cases in which something is queued or delivered
// once more, with qmail-queued, the qmail-local that stays and the deliveries in
// qmail-rspawn. The expected bytes are the same.
func TestCasesResident(t *testing.T) {
	h := caseHome(t)
	h.Resident = true
	if *home != "" {
		t.Skip("some other home")
	}
	if err := testhome.NoPrivate(); err != nil {
		t.Skip(err)
	}
	deviations, err := Deviations("../../DEVIATIONS.md")
	if err != nil {
		t.Fatal(err)
	}
	all, _ := present(loadJobs(t), h.Bin)
	var jobs []Job
	exempt := map[string]int{}
	for _, j := range all {
		if r, why := j.Resident(); why == "" {
			jobs = append(jobs, r)
		} else {
			exempt[why]++
		}
	}
	s := &score{t: t, deviations: deviations, title: "with the programs that stay: "}
	s.play(h, jobs, *workers)
	for _, why := range keys(exempt) {
		fmt.Printf("conformance: %sleft out: %d cases: %s\n", s.title, exempt[why], why)
	}
	s.print(nil)
}

// caseHome returns the home to play against, which must be scratch.
func caseHome(t *testing.T) Home {
	dir := *home
	if dir == "" {
		var err error
		if dir, err = testhome.Dir(); err != nil {
			t.Fatal(err)
		}
	} else if _, err := os.Stat(filepath.Join(dir, "SCRATCH")); err != nil {
		t.Fatalf("%s holds no file SCRATCH: its control/, users/ and alias/ would be replaced", dir)
	}
	h := Home{Dir: dir, Bin: filepath.Join(dir, "bin")}
	if *bin != "" {
		h.Bin = *bin
	}
	return h
}

// loadJobs reads the files of cases, those first that mostly wait.
func loadJobs(t *testing.T) []Job {
	filter, err := regexp.Compile(*only)
	if err != nil {
		t.Fatal(err)
	}
	var jobs []Job
	for _, name := range []string{"svc", "send", "net", "mail", "forward"} {
		cases, err := Load(filepath.Join(caseFolder, name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range cases {
			if filter.MatchString(c.ID) {
				jobs = append(jobs, Job{c, name == "send"})
			}
		}
	}
	return jobs
}

// checkListed fails for a deviation that names no case.
func checkListed(t *testing.T, jobs []Job, deviations map[string]bool) {
	if *only != "" {
		return
	}
	known := map[string]bool{}
	for _, j := range jobs {
		known[j.Case.ID] = true
	}
	for id := range deviations {
		if !known[id] {
			t.Errorf("DEVIATIONS.md lists %s: there is no such case", id)
		}
	}
}

// present takes away the cases of programs that bin does not have, and counts
// them.
func present(jobs []Job, bin string) (kept []Job, missing map[string]int) {
	missing = map[string]int{}
	for _, j := range jobs {
		name := j.Case.Command()
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			missing[name]++
			continue
		}
		kept = append(kept, j)
	}
	return kept, missing
}

// needsRoot tells of what an ordinary user in a home of its own cannot play:
// other users and owners, low ports and addresses, an /etc of one's own.
func needsRoot(j Job) bool {
	if j.Scenario || strings.HasSuffix(j.Case.Command(), "spawn") {
		return true
	}
	for _, sign := range []string{`"user": `, `"setup": `, `"at": "`, "chown", "unshare", "/dev/log", "setuidgid", "setpriv", "qmailq", "127.7", "id -u"} {
		if strings.Contains(string(j.Case.Line), sign) {
			return true
		}
	}
	return false
}

type score struct {
	t              *testing.T
	title          string
	deviations     map[string]bool
	passed, failed int
	listed         int
	byCommand      map[string]*[2]int // passed, failed
}

// play plays the jobs, n at a time.
func (s *score) play(h Home, jobs []Job, n int) {
	s.byCommand = map[string]*[2]int{}
	if err := PlayAll(h, jobs, n, s.add); err != nil {
		s.t.Error(err)
	}
	if s.passed+s.failed != len(jobs) {
		s.t.Errorf("%d of %d cases were played", s.passed+s.failed, len(jobs))
	}
}

func (s *score) add(r Result) {
	c := r.Case
	var why []string
	switch {
	case r.Err != nil:
		why = []string{r.Err.Error()}
	case !s.deviations[c.ID]:
		why = c.Differences(r.Got)
	case len(c.Differences(r.Got)) == 0:
		why = []string{"DEVIATIONS.md lists it, but it no longer deviates"}
	default:
		s.listed++
	}
	n := s.byCommand[c.Command()]
	if n == nil {
		n = &[2]int{}
		s.byCommand[c.Command()] = n
	}
	if len(why) == 0 {
		s.passed++
		n[0]++
		return
	}
	s.failed++
	n[1]++
	if s.failed > *shown {
		s.t.Errorf("%s  %s", c.ID, c.Why)
		return
	}
	s.t.Errorf("%s  %s\n%s", c.ID, c.Why, strings.Join(why, "\n"))
}

// print writes the totals where a caller of go test finds them.
func (s *score) print(missing map[string]int) {
	for _, name := range keys(s.byCommand) {
		if n := s.byCommand[name]; n[1] > 0 {
			fmt.Printf("conformance: %s%-20s %d of %d\n", s.title, name, n[0], n[0]+n[1])
		}
	}
	for _, name := range keys(missing) {
		fmt.Printf("conformance: left out: %d cases of %s: program not built\n", missing[name], name)
	}
	fmt.Printf("conformance: %s%d passed (%d of them deviate as listed), %d failed\n", s.title, s.passed, s.listed, s.failed)
}

func keys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
