package reportcmd

import (
	"strconv"
	"strings"
	"time"

	"qmailkit/svc/umbrella"
)

// figure is a line of zoverall.
type figure struct{ Name, Value string }

// overall returns zoverall's figures as zoverall prints them.
func (f *Facts) overall() (list []figure) {
	for line := range strings.Lines(string(f.figures.Append(nil))) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ": "); ok {
			list = append(list, figure{name, value})
		}
	}
	return list
}

// table is one of the page.
type table struct {
	Title string
	Rows  [][]string // the first has the names of the columns
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }

func seconds(f float64) string { return strconv.FormatFloat(f, 'f', 2, 64) }

// blanks puts a report's blanks back.
func blanks(s string) string { return strings.ReplaceAll(strings.TrimRight(s, "/"), "_", " ") }

// tables are the tables of the page that have lines.
func (f *Facts) tables() (all []table) {
	add := func(title string, columns []string, lines [][]string) {
		if len(lines) > 0 {
			all = append(all, table{title, append([][]string{columns}, lines...)})
		}
	}
	because := func(title string, list []Reason) {
		var lines [][]string
		for _, r := range list {
			lines = append(lines, []string{number(r.Deliveries), seconds(r.XDelay), blanks(r.Text)})
		}
		add(title, []string{"deliveries", "xdelay", "reason"}, lines)
	}
	to := func(title, name string, list []Target) {
		var lines [][]string
		for _, r := range list {
			lines = append(lines, []string{number(r.tries()), number(r.Successes), number(r.Failures), number(r.Deferrals), number(r.Bytes), seconds(r.XDelay), r.Name})
		}
		add(title, []string{"tries", "success", "failure", "deferral", "bytes", "xdelay", name}, lines)
	}
	from := func(title, name string, list []Source) {
		var lines [][]string
		for _, r := range list {
			lines = append(lines, []string{number(r.Messages), number(r.Bytes), number(r.Successes), number(r.Failures), number(r.Deferrals), seconds(r.XDelay), r.Name})
		}
		add(title, []string{"messages", "bytes", "success", "failure", "deferral", "xdelay", name}, lines)
	}
	because("Why deliveries failed", f.Failures)
	because("Why deliveries were deferred", f.Deferrals)
	because("How deliveries succeeded", f.Successes)
	to("Hosts", "host", f.Hosts)
	to("Recipients", "recipient", f.Recipients)
	from("Senders", "uid/sender", f.Senders)
	from("Users", "uid", f.UIDs)
	var lines [][]string
	for _, s := range f.Delays {
		lines = append(lines, []string{strconv.Itoa(s.Percent) + "%", seconds(s.DoneBy), seconds(s.Average)})
	}
	add("How soon messages reached their recipients", []string{"of the successes", "within seconds", "average"}, lines)
	return all
}

// span is the time that the report is about.
func (f *Facts) span() string {
	if f.First == nil {
		return "The logs have no delivery and no message of this time."
	}
	const layout = "2006-01-02 15:04:05"
	return "From " + f.First.In(f.zone).Format(layout) + " to " + f.Last.In(f.zone).Format(layout)
}

// more are the figures that zoverall does not have.
func (f *Facts) more() []figure {
	return []figure{
		{"Connections accepted", strconv.Itoa(f.Accepted)}, {"Connections denied", strconv.Itoa(f.Denied)}, {"Warnings and alerts", strconv.Itoa(f.Problems)},
	}
}

// print prints the page as text.
func (f *Facts) print(out *umbrella.Out) {
	rows := [][]string{{f.span(), ""}}
	for _, x := range append(f.overall(), f.more()...) {
		rows = append(rows, []string{x.Name, x.Value})
	}
	out.Table(rows)
	for _, t := range f.tables() {
		out.Text("\n", out.In(umbrella.Bold, t.Title), "\n")
		var safe [][]string
		for _, row := range t.Rows {
			var cells []string
			for _, cell := range row {
				cells = append(cells, umbrella.Safe(cell))
			}
			safe = append(safe, cells)
		}
		out.Table(safe)
	}
}

// label is a period's name.
func (f *Facts) label(p Period) string {
	if f.PeriodStep >= int64(24*time.Hour/time.Second) {
		return p.Start.In(f.zone).Format("2006-01-02")
	}
	return p.Start.In(f.zone).Format("2006-01-02 15:04")
}
