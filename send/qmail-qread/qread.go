package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"strconv"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/errstr"
	"qmailkit/internal/printable"
	"qmailkit/internal/queue"
	"qmailkit/send"
)

// Run prints a line for every message that has been sorted, and one for each
// of its recipients.
func Run(p *cmd.Proc) error {
	l := &list{w: bufio.NewWriter(p.Stdout)}
	err := l.all(p.InHome("queue"))
	if err != nil {
		l.w.WriteString("fatal: " + err.Error() + "\n")
	}
	if ferr := l.w.Flush(); ferr != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to write output", ferr)
	}
	if err != nil {
		return cmd.Silent(cmd.ExitTemporary)
	}
	return nil
}

// list writes the queue as it reads it.
type list struct {
	q *queue.Queue
	w *bufio.Writer
}

func (l *list) all(root string) error {
	q, err := queue.Open(root)
	if err != nil {
		return errors.New("unable to chdir: " + errstr.Text(err))
	}
	l.q = q
	for _, dir := range q.Dirs("info") {
		f, err := os.Open(root + "/" + dir)
		if err != nil {
			return errors.New("unable to opendir " + dir + ": " + errstr.Text(err))
		}
		for {
			names, err := f.Readdirnames(1024)
			for _, name := range names {
				if id, ok := queue.ParseID(name); ok {
					l.message(id)
				}
			}
			if err != nil {
				break
			}
		}
		f.Close()
	}
	return nil
}

// message writes what there is to tell of one message; trouble with it is a
// line of its own, and the others follow.
func (l *list) message(id queue.ID) {
	mess, err := os.Stat(l.q.Path("mess", id))
	if err != nil {
		l.trouble(id, err)
		return
	}
	_, berr := os.Stat(l.q.Path("bounce", id))
	sender, queued, err := l.info(id)
	if err != nil {
		l.trouble(id, err)
		return
	}
	line := queued.UTC().Format("2 Jan 2006 15:04:05 GMT") + "  #" + id.String() + "  " + strconv.FormatInt(mess.Size(), 10) + "  <" + sender + "> "
	if berr == nil {
		line += " bouncing"
	}
	l.w.WriteString(printable.Replace(line, '_') + "\n")
	for _, channel := range []string{"local", "remote"} {
		l.recipients(id, channel)
	}
}

func (l *list) info(id queue.ID) (sender string, queued time.Time, err error) {
	f, err := os.Open(l.q.Path("info", id))
	if err != nil {
		return "", queued, err
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return "", queued, err
	}
	record, err := send.NewRecords(f).Next()
	if err != nil && err != io.EOF {
		return "", queued, err
	}
	if len(record) > 0 {
		record = record[1:]
	}
	return string(record), fi.ModTime(), nil
}

func (l *list) recipients(id queue.ID, channel string) {
	f, err := os.Open(l.q.Path(channel, id))
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			l.trouble(id, err)
		}
		return
	}
	defer f.Close()
	records := send.NewRecords(f)
	for {
		record, err := records.Next()
		if err != nil {
			if err != io.EOF {
				l.trouble(id, err)
			}
			return
		}
		if len(record) == 0 || record[0] != 'T' && record[0] != 'D' {
			continue
		}
		if record[0] == 'D' {
			l.w.WriteString("  done")
		}
		l.w.WriteString("\t" + channel + "\t" + printable.Replace(string(record[1:]), '_') + "\n")
	}
}

func (l *list) trouble(id queue.ID, err error) {
	l.w.WriteString("warning: trouble with #" + id.String() + ": " + errstr.Text(err) + "\n")
}
