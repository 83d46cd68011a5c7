package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"qmailkit/internal/control"
	"qmailkit/internal/durable"
	"qmailkit/internal/plain"
	"qmailkit/internal/queue"
	"qmailkit/send"
)

// sorter takes one message from todo: it writes the sender into info and the
// rewritten recipients into local and remote, and returns when those files and
// their names would survive a crash. One that may keep a message of few
// recipients writes nothing. It runs beside the loop and touches nothing of it.
type sorter struct {
	queue *queue.Queue
	rules *send.Rules
	id    queue.ID
	keep  bool      // a small message need not be written; false afterwards if it was
	birth time.Time // what the message's time of entry is written as, unless zero: now

	// The outcome.
	log    string
	ok     bool
	has    [send.Channels]bool // the message has recipients there
	sender string              // the first, as of a message that was kept
	out    [send.Channels]part // and its recipients

	size       int64 // of the message
	uid, qp    uint64
	senders    int
	recipients int
	info       part
}

// part is one of the files info, local and remote: what it is to hold.
type part struct {
	buf  []byte // not yet written
	file *os.File
}

// A message that is kept has no more recipients than fewRecipients, and its
// parts no more bytes than partBuffer. A larger part is written as it grows.
const (
	fewRecipients = 16
	partBuffer    = 4096
)

func (s *sorter) run() {
	s.gather()
	s.complete()
}

// small tells whether the todo entry can be read at one go.
func (s *sorter) small() bool {
	var st syscall.Stat_t
	return plain.Stat(s.queue.Path("todo", s.id), &st) == nil && st.Size <= partBuffer
}

// gather reads the todo entry. Unless s is ok and to be kept, complete has to
// follow.
func (s *sorter) gather() {
	keep := s.keep
	s.keep = false
	in, err := plain.OpenFD(s.queue.Path("todo", s.id), os.O_RDONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return // it was there a moment ago: sorted since
	}
	if err != nil {
		s.warn("unable to open ", "todo")
		return
	}
	s.keep = keep
	s.ok = s.begin() && s.read(in)
	in.Close()
	s.keep = s.keep && s.ok && s.recipients > 0
}

// complete writes what was gathered, unless it is kept.
func (s *sorter) complete() {
	if s.ok && !s.keep {
		s.ok = s.write()
	}
	s.close()
}

// write makes the parts files, and these and their names durable.
func (s *sorter) write() bool { return s.createAll() && s.settle() && s.syncNames() }

// warn adds a line about a file of the message to what will be logged; it is
// false for the caller to pass on.
func (s *sorter) warn(what, dir string) bool {
	s.log += "warning: " + what + s.queue.Rel(dir, s.id) + "\n"
	return false
}

// create makes the file of a part that has none.
func (s *sorter) create(p *part, dir string) bool {
	if p.file != nil {
		return true
	}
	var err error
	if p.file, err = plain.OpenFile(s.queue.Path(dir, s.id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600); err != nil {
		p.file = nil
		return s.warn("unable to create ", dir)
	}
	return true
}

func (s *sorter) createAll() bool {
	ok := s.create(&s.info, "info")
	for c := range s.out {
		if ok && len(s.out[c].buf) > 0 {
			ok = s.create(&s.out[c], send.Channel(c).String())
		}
	}
	return ok
}

// begin removes what an earlier sorting, cut short, has left.
func (s *sorter) begin() bool {
	var st syscall.Stat_t
	if plain.Stat(s.queue.Path("mess", s.id), &st) != nil {
		return s.warn("unable to stat ", "mess")
	}
	s.size = st.Size
	if !s.clear() || !s.keep && !s.create(&s.info, "info") {
		return false
	}
	s.log += send.LogNew(s.id)
	return true
}

func (s *sorter) clear() bool {
	for _, dir := range []string{send.Local.String(), send.Remote.String(), "info"} {
		if err := plain.Unlink(s.queue.Path(dir, s.id)); err != nil && err != syscall.ENOENT {
			return s.warn("unable to unlink ", dir)
		}
	}
	return true
}

// read sorts the records of the todo file.
func (s *sorter) read(in io.Reader) bool {
	records := send.NewRecords(in)
	for {
		record, err := records.Next()
		switch {
		case errors.Is(err, io.EOF) && s.senders == 0:
			return s.warn("no sender record in ", "todo")
		case errors.Is(err, io.EOF):
			return true
		case err != nil:
			return s.warn("trouble reading ", "todo")
		case !s.record(record):
			return false
		}
	}
}

func (s *sorter) record(record []byte) bool {
	if len(record) == 0 {
		return s.warn(unknownRecord, "todo")
	}
	switch text := string(record[1:]); record[0] {
	case 'u':
		s.uid = control.LeadingUint(text)
	case 'p':
		s.qp = control.LeadingUint(text)
	case 'F':
		return s.from(text)
	case 'T':
		address, c := s.rules.Rewrite(text)
		if s.recipients++; s.recipients > fewRecipients {
			s.keep = false
		}
		return s.add(&s.out[c], c.String(), 'T', address)
	default:
		return s.warn(unknownRecord, "todo")
	}
	return true
}

const (
	unknownRecord = "unknown record type in "
	noWrite       = "trouble writing to "
	noSync        = "trouble fsyncing "
)

func (s *sorter) from(text string) bool {
	if s.senders++; s.senders == 1 {
		s.sender = text
	} else {
		s.keep = false
	}
	if !s.add(&s.info, "info", 'F', text) || !s.keep && !s.flush(&s.info, "info") {
		return false
	}
	s.log += send.LogInfo(s.id, s.size, text, s.qp, s.uid)
	return true
}

// add adds a record to a part.
func (s *sorter) add(p *part, dir string, letter byte, text string) bool {
	p.buf = append(append(append(p.buf, letter), text...), 0)
	full := len(p.buf) > partBuffer
	if full {
		s.keep = false
	}
	return s.keep || s.create(p, dir) && (!full || s.flush(p, dir))
}

func (s *sorter) flush(p *part, dir string) bool {
	if _, err := p.file.Write(p.buf); err != nil {
		return s.warn(noWrite, dir)
	}
	p.buf = p.buf[:0]
	return true
}

// settle makes the files durable. All is written before the first fsync, for
// the disk to take it at one go.
func (s *sorter) settle() bool {
	if !s.flush(&s.info, "info") {
		return false
	}
	if !s.birth.IsZero() && os.Chtimes(s.queue.Path("info", s.id), s.birth, s.birth) != nil {
		return s.warn(noWrite, "info")
	}
	for c := range s.out {
		s.has[c] = s.out[c].file != nil
		if s.has[c] && !s.flush(&s.out[c], send.Channel(c).String()) {
			return false
		}
	}
	if !s.sync(s.info.file, "info") {
		return false
	}
	for c, has := range s.has {
		if has && !s.sync(s.out[c].file, send.Channel(c).String()) {
			return false
		}
	}
	return true
}

func (s *sorter) sync(f *os.File, dir string) bool {
	if f.Sync() != nil {
		return s.warn(noSync, dir)
	}
	return true
}

// syncNames is not worth sharing with other sorters: beside their fsyncs it
// costs little, and waiting for one another costs more.
func (s *sorter) syncNames() bool {
	dirs := []string{"info"}
	for c, has := range s.has {
		if has {
			dirs = append(dirs, send.Channel(c).String())
		}
	}
	for _, dir := range dirs {
		if durable.SyncDir(filepath.Dir(s.queue.Path(dir, s.id))) != nil {
			return s.warn(noSync, dir)
		}
	}
	return true
}

func (s *sorter) close() {
	for _, p := range []*part{&s.info, &s.out[send.Local], &s.out[send.Remote]} {
		if p.file != nil {
			p.file.Close()
		}
	}
}
