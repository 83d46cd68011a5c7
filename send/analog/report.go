package analog

import "strings"

// Report is one of qmailanalog's: figures that records are added to, and how
// they are printed. The strings of Rows have the columns that Columns names.
type Report struct {
	Title   string // the first line
	About   string // what the columns mean
	Columns string // their names
	Blanks  bool   // underscores, which stand for blanks in reasons, are printed as such

	Add  func(Record)
	Rows func() []string
}

// figures is what a report is made of.
type figures interface {
	Add(Record)
	Rows() []string
}

func report(f figures, title, columns string, about ...string) *Report {
	return &Report{Title: title, About: strings.Join(about, "\n"), Columns: columns, Add: f.Add, Rows: f.Rows}
}

func reasons(result byte, title, whose string) *Report {
	r := report(NewReasons(result), title, "del xdelay reason",
		"One line per reason for "+whose+". Information on each line:",
		"* del is the number of deliveries that ended for this reason.",
		"* xdelay is the total xdelay on those deliveries.")
	r.Blanks = true
	return r
}

// Successes is the report of zsuccesses.
func Successes() *Report { return reasons('k', "Reasons for success", "successful delivery") }

// Failures is the report of zfailures.
func Failures() *Report { return reasons('d', "Reasons for failure", "delivery failure") }

// Deferrals is the report of zdeferrals.
func Deferrals() *Report { return reasons('z', "Reasons for deferral", "deferral") }

func targets(f *Targets, title, column, what string) *Report {
	return report(f, title, "sbytes mess tries xdelay "+column,
		"One line per "+what+". Information on each line:",
		"* sbytes is the number of bytes successfully delivered to this "+column+".",
		"* mess is the number of messages sent to this "+column+" (success plus failure).",
		"* tries is the number of delivery attempts (success, failure, deferral).",
		"* xdelay is the total xdelay incurred by this "+column+".")
}

// Recipients is the report of zrecipients.
func Recipients() *Report { return targets(NewRecipients(), "Recipients", "recipient", "recipient") }

// Hosts is the report of zrhosts.
func Hosts() *Report { return targets(NewHosts(), "Recipient hosts", "host", "recipient host") }

func sources(f *Sources, title, column, what string) *Report {
	return report(f, title, "mess bytes sbytes rbytes recips tries xdelay "+column,
		"One line per "+what+". Information on each line:",
		"* mess is the number of messages sent by this "+column+".",
		"* bytes is the number of bytes sent by this "+column+".",
		"* sbytes is the number of bytes successfully received from this "+column+".",
		"* rbytes is the number of bytes from this "+column+", weighted by recipient.",
		"* recips is the number of recipients (success plus failure).",
		"* tries is the number of delivery attempts (success, failure, deferral).",
		"* xdelay is the total xdelay incurred by this "+column+".")
}

// Senders is the report of zsenders.
func Senders() *Report { return sources(NewSenders(), "Senders", "sender", "sender") }

// UIDs is the report of zsuids.
func UIDs() *Report { return sources(NewUIDs(), "Sender uids", "uid", "sender uid") }

// Delays is the report of zddist.
func Delays() *Report {
	return report(new(Distribution), "Distribution of ddelays for successful deliveries", "doneby avg pct",
		"Meaning of each line: The first pct% of successful deliveries",
		"all happened within doneby seconds. The average ddelay was avg.")
}

// Quickest is the report of zrxdelay.
func Quickest() *Report {
	return report(NewAverages(), "Recipients in the best order for mailing lists", "avg tries recipient",
		"One line per recipient, sorted by avg. Information on each line:",
		"* avg is the _average_ xdelay for the recipient.",
		"* tries is the number of deliveries that avg is based on.")
}

// Text returns all of the report.
func (r *Report) Text() string {
	table := Align(r.Columns + "\n" + joinLines(r.Rows()))
	if r.Blanks {
		table = strings.ReplaceAll(table, "_", " ")
	}
	return r.Title + "\n\n" + r.About + "\n\n" + table
}

func joinLines(lines []string) string {
	if len(lines) == 0 {
		return ""
	}
	return strings.Join(lines, "\n") + "\n"
}

// Align is columnt: it lays out the words of each line of text in columns
// that are two blanks apart, the last one to the left, the others to the
// right.
func Align(text string) string {
	var lines [][]string
	var width []int
	for line := range strings.SplitSeq(strings.TrimSuffix(text, "\n"), "\n") {
		words := strings.FieldsFunc(line, func(c rune) bool { return c == ' ' || c == '\t' })
		for i, w := range words {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], len(w))
		}
		lines = append(lines, words)
	}
	if text == "" {
		return ""
	}
	last := len(width) - 1
	var b strings.Builder
	for _, words := range lines {
		for i, w := range words {
			if i < last {
				b.WriteString(strings.Repeat(" ", width[i]-len(w)))
			}
			b.WriteString(w)
			if i < last {
				b.WriteString("  ")
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
