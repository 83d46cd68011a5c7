// Package waiting reads the messages that wait in a queue, as values. It locks
// nothing and may be used while qmail-send works: a message that ends meanwhile
// is left out.
package waiting

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"qmailkit/internal/queue"
	"qmailkit/send"
)

// Message is a message in the queue.
type Message struct {
	ID         queue.ID
	Sender     string
	Queued     time.Time // when it entered the queue
	Size       int64     // bytes of text
	Unsorted   bool      // in todo: qmail-send has not taken it yet
	Held       bool      // qmail-send may not read whom it is for (see Held)
	Hidden     bool      // held, and this process may not read for whom either: Recipients is not all
	Bouncing   bool      // a recipient has failed, and the sender will be told
	Recipients []Recipient

	// Next is when qmail-send tries again, by channel, as far as the files
	// say; a running qmail-send has it in its memory. Zero: nothing to try.
	Next [send.Channels]time.Time
}

// Recipient is one recipient of a message.
type Recipient struct {
	Channel send.Channel // without meaning in an unsorted message
	Address string
	Done    bool
	Pos     int64 // of its record in the file
}

// Due counts the recipients that are still to be tried.
func (m *Message) Due() (n int) {
	for _, r := range m.Recipients {
		if !r.Done {
			n++
		}
	}
	return n
}

// ErrDamaged is a file of a message that does not hold what it should.
var ErrDamaged = errors.New("the message's files are damaged")

// IDs returns the numbers of all messages in the queue, the unsorted first.
func IDs(q *queue.Queue) ([]queue.ID, error) {
	var all []queue.ID
	seen := make(map[queue.ID]bool)
	for _, kind := range []string{"todo", "info"} {
		for _, dir := range q.Dirs(kind) {
			f, err := os.Open(q.Root + "/" + dir)
			if err != nil {
				return nil, err
			}
			names, err := f.Readdirnames(-1)
			f.Close()
			if err != nil {
				return nil, err
			}
			for _, name := range names {
				if id, ok := queue.ParseID(name); ok && id.String() == name && !seen[id] && !isDir(q.Root+"/"+dir+"/"+name) {
					seen[id] = true
					all = append(all, id)
				}
			}
		}
	}
	return all, nil
}

// isDir asks only where a folder can be: a number in a todo that is not split.
func isDir(path string) bool {
	fi, err := os.Lstat(path)
	return err == nil && fi.IsDir()
}

// Read reads a message. An error that is fs.ErrNotExist tells that there is no
// such message, or not any more.
func Read(q *queue.Queue, id queue.ID) (*Message, error) {
	m := &Message{ID: id}
	text, err := os.Stat(q.Path("mess", id))
	if err != nil {
		return nil, err
	}
	m.Size = text.Size()
	todo, err := m.open(q.Path("todo", id))
	switch {
	case err == nil:
		defer todo.Close()
		m.Unsorted = true
		return m, m.unsorted(todo)
	case m.Hidden:
		m.Unsorted = true
		return m, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	}
	if err := m.sorted(q); err != nil {
		return nil, err
	}
	_, err = os.Lstat(q.Path("bounce", id))
	m.Bouncing = err == nil
	return m, nil
}

// open opens a file of recipients. Of a held message that is a matter for root
// alone.
func (m *Message) open(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrPermission) {
		if fi, serr := os.Stat(path); serr == nil && Held(fi) {
			m.Held, m.Hidden, m.Queued = true, true, fi.ModTime()
		}
	}
	return f, err
}

// unsorted reads an envelope as qmail-queue left it.
func (m *Message) unsorted(f *os.File) error {
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	m.Queued, m.Held = fi.ModTime(), Held(fi)
	return eachRecord(f, func(pos int64, letter byte, text string) bool {
		switch letter {
		case 'F':
			m.Sender = text
		case 'T':
			m.Recipients = append(m.Recipients, Recipient{Address: text, Pos: pos})
		}
		return letter != 0
	})
}

// sorted reads info, local and remote.
func (m *Message) sorted(q *queue.Queue) error {
	f, err := os.Open(q.Path("info", m.ID))
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	m.Queued = fi.ModTime()
	record, err := send.NewRecords(f).Next()
	if err != nil || len(record) == 0 || record[0] != 'F' {
		return ErrDamaged
	}
	m.Sender = string(record[1:])
	for c := range send.Channels {
		if err := m.channel(q, send.Channel(c)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func (m *Message) channel(q *queue.Queue, c send.Channel) error {
	birth := m.Queued
	f, err := m.open(q.Path(c.String(), m.ID))
	if m.Hidden {
		m.Queued = birth
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	m.Next[c] = fi.ModTime()
	m.Held = m.Held || Held(fi)
	return eachRecord(f, func(pos int64, letter byte, text string) bool {
		m.Recipients = append(m.Recipients, Recipient{c, text, letter == 'D', pos})
		return letter == 'D' || letter == 'T'
	})
}

// eachRecord calls do for each whole record until it returns false, which is
// damage, as is a record too long to be one.
func eachRecord(f io.Reader, do func(pos int64, letter byte, text string) bool) error {
	records := send.NewRecords(f)
	for {
		pos := records.Pos()
		record, err := records.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.Is(err, send.ErrRecordTooLong):
			return ErrDamaged
		case err != nil:
			return err
		case len(record) == 0 || !do(pos, record[0], string(record[1:])):
			return ErrDamaged
		}
	}
}

// Held tells whether the recipients' file fi is one of a held message: its
// owner may write it and not read it. Qmail-send, which is no other than that
// owner, then cannot begin with the message, and complains about it in its log
// every two minutes; a delivery under way is still marked as done. C's
// qmail-send and ours do the same.
func Held(fi fs.FileInfo) bool { return fi.Mode().Perm()&0o600 == 0o200 }
