package reportcmd

import (
	"context"
	"encoding/json"
	"fmt"
	"html"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/clitest"
	"qmailkit/internal/cmd"
	"qmailkit/internal/testhome"
	"qmailkit/svc/umbrella"
)

var now = time.Unix(1700100000, 0).UTC()

// sample is a log of a day, the same each time.
func sample() string {
	r := rand.New(rand.NewPCG(1, 2))
	var b strings.Builder
	at := 1700000000.0
	line := func(format string, args ...any) {
		at += r.Float64() * 40
		fmt.Fprintf(&b, "%.6f "+format+"\n", append([]any{at}, args...)...)
	}
	line("tcpserver: pid 5 from 192.0.2.1")
	line("tcpserver: ok 5 mx:192.0.2.9:25 :192.0.2.1::4000")
	line("tcpserver: deny 6 mx:192.0.2.9:25 :192.0.2.2::4000")
	line("warning: unable to stat mess/1/2")
	results := []string{"success: did_1+0+0/", "success: 192.0.2.3_accepted_message./", "failure: <b>&no_such_user</b>/", "deferral: Sorry,_later._(#4.4.1)/", "report mangled, will defer"}
	delivery := 0
	for n := range 700 {
		id := n%23 + 1
		line("new msg %d", id)
		line("info msg %d: bytes %d from <s%d@x.example> qp %d uid %d", id, r.IntN(100000), r.IntN(15), 1000+n, r.IntN(3))
		for range 1 + r.IntN(3) {
			delivery++
			line("starting delivery %d: msg %d to %s u%d@h%d.example", delivery, id, []string{"local", "remote"}[r.IntN(2)], r.IntN(9), r.IntN(20))
			line("delivery %d: %s", delivery, results[r.IntN(len(results))])
		}
		if n%10 > 0 {
			line("end msg %d", id)
		}
	}
	return b.String()
}

func call(p *cmd.Proc) error { return umbrella.Run(p, []*cli.Command{Command(p)}) }

func report(t *testing.T, log, args string) clitest.Result {
	t.Helper()
	return clitest.Run(t, "qmail", call, clitest.World{Args: append([]string{"report", "-"}, strings.Fields(args)...), Input: log, Home: t.TempDir(), Now: now})
}

// zoverall returns what our own matchup and zoverall say about a log, as name
// and figure.
func zoverall(t *testing.T, log string) [][2]string {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("there is no go command to build matchup and zoverall")
	}
	root, err := testhome.Module()
	if err != nil {
		t.Fatal(err)
	}
	bin := t.TempDir()
	build := exec.Command("go", "build", "-buildvcs=false", "-o", bin, "./send/matchup", "./send/zoverall")
	build.Dir = root
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, out)
	}
	both := exec.Command("sh", "-c", `"$0/matchup" 5>/dev/null | "$0/zoverall"`, bin)
	both.Stdin = strings.NewReader(log)
	out, err := both.Output()
	if err != nil {
		t.Fatal(err)
	}
	var figures [][2]string
	for line := range strings.Lines(string(out)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			figures = append(figures, [2]string{name, value})
		}
	}
	if len(figures) != 17 {
		t.Fatalf("%d figures: %s", len(figures), out)
	}
	return figures
}

var row = regexp.MustCompile(`<tr><td>([^<]*)</td><td>([^<]*)</td></tr>`)

// rows are those of the first table of a page.
func rows(page string) (found [][2]string) {
	_, page, _ = strings.Cut(page, `<table id="overall">`)
	page, _, _ = strings.Cut(page, "</table>")
	for _, m := range row.FindAllStringSubmatch(page, -1) {
		found = append(found, [2]string{html.UnescapeString(m[1]), html.UnescapeString(m[2])})
	}
	return found
}

// checkPage holds a page against what zoverall says.
func checkPage(t *testing.T, page string, want [][2]string) {
	t.Helper()
	got := rows(page)
	if len(got) != len(want)+3 {
		t.Fatalf("%d figures: %q", len(got), got)
	}
	for n, w := range append(want, [][2]string{{"Connections accepted", "1"}, {"Connections denied", "1"}, {"Warnings and alerts", "1"}}...) {
		if got[n] != w {
			t.Errorf("%q, zoverall: %q", got[n], w)
		}
	}
}

func TestPage(t *testing.T) {
	r := report(t, sample(), "--html")
	if r.Code != 0 || r.Stderr != "" {
		t.Fatalf("%d %s", r.Code, r.Stderr)
	}
	checkPage(t, r.Stdout, zoverall(t, sample()))
	for _, outside := range []string{"http:", "https:", "src=", "href=", "url(", "@import", "<script", "<b>&no"} {
		if strings.Contains(r.Stdout, outside) {
			t.Errorf("the page has %s", outside)
		}
	}
	if strings.Count(r.Stdout, "<svg ") != 3 || strings.Count(r.Stdout, "</svg>") != 3 {
		t.Error("plots are missing")
	}
}

// A browser that runs nothing and fetches nothing shows the same figures.
func TestBrowser(t *testing.T) {
	browser := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if path, err := exec.LookPath(name); err == nil && browser == "" {
			browser = path
		}
	}
	if browser == "" {
		t.Skip("the page is not opened in a browser: there is no chromium")
	}
	want := zoverall(t, sample())
	page := report(t, sample(), "--html").Stdout
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"page.html": page})
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	open := exec.CommandContext(ctx, browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
		"--disable-sync", "--no-first-run", "--disable-dev-shm-usage", "--user-data-dir="+dir+"/profile", "--dump-dom", "file://"+dir+"/page.html")
	open.Env = append(os.Environ(), "HOME="+dir)
	dom, err := open.Output()
	if err != nil {
		t.Fatal(err)
	}
	checkPage(t, string(dom), want)
	for _, part := range []string{"<svg ", "<rect ", "<tr>", "<title>", "<text "} {
		if strings.Count(string(dom), part) != strings.Count(page, part) {
			t.Errorf("%d of %s, the page has %d", strings.Count(string(dom), part), part, strings.Count(page, part))
		}
	}
}

func TestText(t *testing.T) {
	r := report(t, sample(), "--top 3")
	if r.Code != 0 || !strings.HasPrefix(r.Stdout, "From 2023-11-14 22:") {
		t.Fatalf("%+v", r)
	}
	for _, w := range zoverall(t, sample()) {
		if !regexp.MustCompile("(?m)^" + regexp.QuoteMeta(w[0]) + " +" + regexp.QuoteMeta(w[1]) + "$").MatchString(r.Stdout) {
			t.Errorf("%q is not in\n%s", w, r.Stdout)
		}
	}
	_, hosts, _ := strings.Cut(r.Stdout, "\nHosts\n")
	hosts, _, _ = strings.Cut(hosts, "\n\n")
	if strings.Count(hosts, "\n") != 3 || !strings.HasPrefix(hosts, "tries  success") {
		t.Errorf("%q", hosts)
	}
	if empty := report(t, "", ""); empty.Code != 0 || !strings.Contains(empty.Stdout, "The logs have no delivery") {
		t.Errorf("%+v", empty)
	}
	for args, text := range map[string]string{"--html --json": "are two", "--top -1": "--top is", "--since x": "write a time"} {
		if r := report(t, "", args); r.Code != 100 || !strings.Contains(r.Stderr, text) {
			t.Errorf("%+v", r)
		}
	}
	if r := report(t, "", "--html"); r.Code != 0 || !strings.Contains(r.Stdout, "</html>") {
		t.Errorf("%+v", r)
	}
}

func facts(t *testing.T, args string) (f Facts) {
	t.Helper()
	r := report(t, sample(), "--json "+args)
	if err := json.Unmarshal([]byte(r.Stdout), &f); err != nil {
		t.Fatalf("%v %+v", err, r)
	}
	return f
}

func TestFacts(t *testing.T) {
	f := facts(t, "--top 0")
	figures := make(map[string]string)
	for _, w := range zoverall(t, sample()) {
		figures[w[0]] = w[1]
	}
	for name, got := range map[string]float64{
		"Completed messages": f.Overall.Messages, "Total delivery attempts": f.Overall.Deliveries, "success": f.Overall.Successes, "failure": f.Overall.Failures,
		"deferral": f.Overall.Deferrals, "Bytes in completed messages": f.Overall.Bytes, "Bytes weighted by success": f.Overall.Weighted,
	} {
		if number(got) != figures[name] {
			t.Errorf("%s: %v, want %s", name, got, figures[name])
		}
	}
	sum := Period{}
	for _, p := range f.Periods {
		sum.Messages += p.Messages
		sum.Successes += p.Successes
		sum.Failures += p.Failures
		sum.Deferrals += p.Deferrals
	}
	tries := 0.0
	for _, h := range f.Hosts {
		tries += h.tries()
	}
	if float64(sum.Messages) != f.Overall.Messages || float64(sum.Successes+sum.Failures+sum.Deferrals) != f.Overall.Deliveries || tries != f.Overall.Deliveries {
		t.Errorf("%+v %v", sum, tries)
	}
	if len(f.Periods) > maxPeriods || f.PeriodStep%60 != 0 || len(f.Hosts) != 20 || f.Hosts[0].tries() < f.Hosts[19].tries() {
		t.Errorf("%d %d %d", len(f.Periods), f.PeriodStep, len(f.Hosts))
	}
	middle := f.First.Add(f.Last.Sub(*f.First) / 2).Format(time.RFC3339)
	before, after := facts(t, "--until "+middle), facts(t, "--since "+middle)
	if before.Overall.Deliveries == 0 || after.Overall.Deliveries == 0 || before.Overall.Deliveries+after.Overall.Deliveries != f.Overall.Deliveries {
		t.Errorf("%v and %v of %v", before.Overall.Deliveries, after.Overall.Deliveries, f.Overall.Deliveries)
	}
}

// A log whose clock jumps by decades has a plot of no more bars than others.
func TestPeriods(t *testing.T) {
	log := ""
	for n, at := range []int64{0, 1700000000, 99999999999} {
		log += fmt.Sprintf("%010d.5 info msg 1: bytes 1 from <> qp 1 uid 1\n%010d.5 end msg 1\n", at, at)
		r := report(t, log, "--json")
		var f Facts
		if err := json.Unmarshal([]byte(r.Stdout), &f); err != nil || len(f.Periods) > maxPeriods || f.Overall.Messages != float64(n+1) {
			t.Errorf("%v %s: %d periods", err, strconv.Itoa(n), len(f.Periods))
		}
	}
}

func TestUnreadable(t *testing.T) {
	r := clitest.Run(t, "qmail", call, clitest.World{Args: []string{"report", filepath.Join(t.TempDir(), "none")}, Home: t.TempDir()})
	if r.Code != 111 || !strings.Contains(r.Stderr, "unable to read the log") {
		t.Errorf("%+v", r)
	}
}
