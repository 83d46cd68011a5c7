package umbrella

import (
	"fmt"
	"os"
	"strings"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
)

// Progress is a bar on standard error for work that takes long. It is drawn
// only on a terminal, and only after the work has taken a moment. The zero
// value and nil draw nothing.
type Progress struct {
	f     *os.File
	what  string
	total int
	done  int
	now   func() time.Time
	next  time.Time // when to draw again
	drawn bool
}

const (
	progressMoment = 500 * time.Millisecond // before the bar first appears
	progressEvery  = 100 * time.Millisecond
	progressWidth  = 30 // characters
)

// NewProgress starts a bar for total steps of what ("reading messages").
func NewProgress(p *cmd.Proc, what string, total int) *Progress {
	b := &Progress{what: what, total: total, now: p.Now}
	if sys.Terminal(p.Stderr) {
		b.f, b.next = p.Stderr, p.Now().Add(progressMoment)
	}
	return b
}

// Step says that n more steps are done.
func (b *Progress) Step(n int) {
	if b == nil || b.f == nil {
		return
	}
	b.done += n
	if now := b.now(); now.After(b.next) {
		b.next = now.Add(progressEvery)
		b.drawn = true
		fmt.Fprint(b.f, "\r"+bar(b.what, b.done, b.total))
	}
}

// End takes the bar away.
func (b *Progress) End() {
	if b != nil && b.drawn {
		fmt.Fprint(b.f, "\r\x1b[K")
	}
}

// bar is what the line looks like.
func bar(what string, done, total int) string {
	done = min(done, total)
	full := 0
	if total > 0 {
		full = progressWidth * done / total
	}
	return fmt.Sprintf("%s [%s%s] %d/%d", what, strings.Repeat("#", full), strings.Repeat(".", progressWidth-full), done, total)
}
