package send

import "strings"

// ReportMax bounds what is kept of a report: slot, verdict and text, in bytes.
// The spawners are trusted to keep reports short, but not relied upon.
const ReportMax = 10000

// The verdicts of a report. Any other byte is mangled and defers.
const (
	Success = 'K'
	Defer   = 'Z'
	Failure = 'D'
)

// Report is what a spawner says of one delivery.
type Report struct {
	Slot    int  // the delivery's number, as the spawner was given it
	Verdict byte // 0 when there was none
	Text    string
}

// Reports takes a spawner's output apart. The zero value is ready for use.
type Reports struct {
	Wide bool // slots have two bytes, the higher one first
	line []byte
}

// Add takes the next byte and tells whether it ends a report. The slot is a
// byte of any value, or two; the NUL that ends a report is a later one.
func (r *Reports) Add(b byte) (Report, bool) {
	slot := 1
	if r.Wide {
		slot = 2
	}
	if len(r.line) < slot || b != 0 {
		if len(r.line) < ReportMax {
			r.line = append(r.line, b)
		}
		return Report{}, false
	}
	report := Report{Slot: int(r.line[0])}
	if r.Wide {
		report.Slot = report.Slot<<8 | int(r.line[1])
	}
	if text := r.line[slot:]; len(text) > 0 {
		report.Verdict, report.Text = text[0], string(text[1:])
	}
	r.line = r.line[:0]
	return report, true
}

const tooOld = "I'm not going to try again; this message has been in the queue too long.\n"

// GiveUp makes the failure of a deferral, for a message whose time is over.
func (r Report) GiveUp() Report {
	if r.Text != "" && !strings.HasSuffix(r.Text, "\n") {
		r.Text += "\n"
	}
	r.Verdict = Failure
	r.Text += tooOld
	return r
}
