package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"qmailkit/internal/durable"
	"qmailkit/internal/queue"
	"qmailkit/send"
)

// sorter takes one message from todo: it writes the sender into info and the
// rewritten recipients into local and remote, and returns when those files and
// their names would survive a crash. It runs beside the loop and touches
// nothing of it.
type sorter struct {
	queue *queue.Queue
	rules *send.Rules
	id    queue.ID

	// The outcome.
	log string
	ok  bool
	has [send.Channels]bool // the message has recipients there

	size     int64 // of the message
	uid, qp  uint64
	info     *os.File
	haveFrom bool
	out      [send.Channels]*recipients
}

// recipients is a local or remote file that is being written.
type recipients struct {
	file *os.File
	buf  *bufio.Writer
}

func (s *sorter) run() {
	in, err := os.Open(s.queue.Path("todo", s.id))
	if errors.Is(err, fs.ErrNotExist) {
		return // it was there a moment ago: sorted since
	}
	if err != nil {
		s.warn("unable to open ", "todo")
		return
	}
	defer in.Close()
	defer s.close()
	s.ok = s.begin() && s.read(in) && s.settle()
}

// warn adds a line about a file of the message to what will be logged; it is
// false for the caller to pass on.
func (s *sorter) warn(what, dir string) bool {
	s.log += "warning: " + what + s.queue.Rel(dir, s.id) + "\n"
	return false
}

func (s *sorter) create(dir string) *os.File {
	f, err := os.OpenFile(s.queue.Path(dir, s.id), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		s.warn("unable to create ", dir)
		return nil
	}
	return f
}

// begin removes what an earlier sorting, cut short, has left.
func (s *sorter) begin() bool {
	fi, err := os.Stat(s.queue.Path("mess", s.id))
	if err != nil {
		return s.warn("unable to stat ", "mess")
	}
	s.size = fi.Size()
	for _, dir := range []string{send.Local.String(), send.Remote.String(), "info"} {
		if err := syscall.Unlink(s.queue.Path(dir, s.id)); err != nil && err != syscall.ENOENT {
			return s.warn("unable to unlink ", dir)
		}
	}
	if s.info = s.create("info"); s.info == nil {
		return false
	}
	s.log += send.LogNew(s.id)
	return true
}

// read sorts the records of the todo file.
func (s *sorter) read(in io.Reader) bool {
	records := send.NewRecords(in)
	for {
		record, err := records.Next()
		switch {
		case errors.Is(err, io.EOF) && !s.haveFrom:
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
		s.uid = leadingNumber(text)
	case 'p':
		s.qp = leadingNumber(text)
	case 'F':
		return s.sender(text)
	case 'T':
		return s.recipient(text)
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

func (s *sorter) sender(text string) bool {
	if _, err := s.info.WriteString("F" + text + "\x00"); err != nil {
		return s.warn(noWrite, "info")
	}
	s.haveFrom = true
	s.log += send.LogInfo(s.id, s.size, text, s.qp, s.uid)
	return true
}

func (s *sorter) recipient(text string) bool {
	address, c := s.rules.Rewrite(text)
	r := s.out[c]
	if r == nil {
		f := s.create(c.String())
		if f == nil {
			return false
		}
		r = &recipients{f, bufio.NewWriterSize(f, 4096)}
		s.out[c] = r
	}
	r.buf.WriteByte('T')
	r.buf.WriteString(address)
	if err := r.buf.WriteByte(0); err != nil {
		return s.warn(noWrite, c.String())
	}
	return true
}

// settle makes the files durable, and then their names. All is written before
// the first fsync, for the disk to take it at one go.
func (s *sorter) settle() bool {
	for c, r := range s.out {
		if r != nil && r.buf.Flush() != nil {
			return s.warn(noWrite, send.Channel(c).String())
		}
	}
	if !s.sync(s.info, "info") {
		return false
	}
	for c, r := range s.out {
		if s.has[c] = r != nil; s.has[c] && !s.sync(r.file, send.Channel(c).String()) {
			return false
		}
	}
	return s.syncNames()
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
	if s.info != nil {
		s.info.Close()
	}
	for _, r := range s.out {
		if r != nil {
			r.file.Close()
		}
	}
}

// leadingNumber reads the digits that text starts with. A number that is too
// large is the largest there is.
func leadingNumber(text string) uint64 {
	end := 0
	for end < len(text) && text[end]-'0' <= 9 {
		end++
	}
	n, _ := strconv.ParseUint(text[:end], 10, 64)
	return n
}
