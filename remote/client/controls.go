package client

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/stamp"
	"qmailkit/remote"
)

// controls is the control folder for what is kept: it takes note of each file
// that is asked for.
type controls struct {
	dir  control.Dir
	seen *stamp.Seen
}

// keep prepares what load makes of the control files to be kept for as long as
// none of those changes.
func keep[T any](kept *stamp.Kept[T], p *cmd.Proc, load func(remote.Controls) (T, error)) {
	dir := control.Dir(p.InHome("control"))
	kept.Now = p.Now
	kept.Make = func(seen *stamp.Seen) (T, error) { return load(controls{dir, seen}) }
}

func (c controls) note(name string) { c.seen.Entry(string(c.dir), name) }

func (c controls) Has(name string) bool {
	c.note(name)
	return c.dir.Has(name)
}

func (c controls) Line(name string) (string, bool, error) {
	c.note(name)
	return c.dir.Line(name)
}

func (c controls) Int(name string) (int, bool, error) {
	c.note(name)
	return c.dir.Int(name)
}

func (c controls) Entries(name string) ([]control.Entry, bool, error) {
	c.note(name)
	return c.dir.Entries(name)
}
