package queuecmd

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/queue"
	"qmailkit/send/waiting"
	"qmailkit/svc/umbrella"
)

// choice says which messages are meant.
type choice struct {
	ids               []queue.ID // none: all
	sender, recipient string     // patterns, "" for any
	text              []byte     // in small letters
	before, after     time.Time  // of the time of entry, zero for any
	larger, smaller   int64      // bytes, -1 for any
	state             string     // "" for any
	any               bool       // nothing was said
}

// states are the words that --state takes.
var states = [...]string{"new", "held", "bouncing", "local", "remote"}

func choiceFlags() []cli.Flag {
	return []cli.Flag{
		&cli.StringFlag{Name: "sender", Usage: "messages from `PATTERN`: a part of the address, or all of it with * for anything; <> for none"},
		&cli.StringFlag{Name: "recipient", Usage: "messages with a recipient like `PATTERN` that is still to be tried"},
		&cli.StringFlag{Name: "older", Usage: "messages that entered the queue `TIME` ago or earlier: 90s, 5m, 2h, 3d, 1w"},
		&cli.StringFlag{Name: "newer", Usage: "messages that entered the queue less than `TIME` ago"},
		&cli.StringFlag{Name: "larger", Usage: "messages of at least `SIZE` bytes; K, M and G are understood"},
		&cli.StringFlag{Name: "smaller", Usage: "messages of less than `SIZE` bytes"},
		&cli.StringFlag{Name: "text", Usage: "messages that contain `WORDS`, in the header or after it, in capitals or not"},
		&cli.StringFlag{Name: "state", Usage: "messages that are `new`, held, bouncing, or have local or remote recipients to be tried"},
	}
}

// chosen reads what the caller has said.
func chosen(p *cmd.Proc, c *cli.Context) (*choice, error) {
	ch := &choice{sender: c.String("sender"), recipient: c.String("recipient"), state: c.String("state"), larger: -1, smaller: -1}
	ch.text = lower([]byte(c.String("text")))
	for _, word := range c.Args().Slice() {
		id, ok := queue.ParseID(strings.TrimPrefix(word, "#"))
		if !ok {
			return nil, umbrella.Usage(c, word+" is not the number of a message")
		}
		ch.ids = append(ch.ids, id)
	}
	if ch.state != "" && !slices.Contains(states[:], ch.state) {
		return nil, umbrella.Usage(c, "--state is one of "+strings.Join(states[:], ", "))
	}
	for name, at := range map[string]*time.Time{"older": &ch.before, "newer": &ch.after} {
		if word := c.String(name); word != "" {
			d, ok := umbrella.ParseAge(word)
			if !ok {
				return nil, umbrella.Usage(c, "--"+name+" "+word+": write a time as 90s, 5m, 2h, 3d or 1w")
			}
			*at = p.Now().Add(-d)
		}
	}
	for name, size := range map[string]*int64{"larger": &ch.larger, "smaller": &ch.smaller} {
		if word := c.String(name); word != "" {
			n, ok := parseSize(word)
			if !ok {
				return nil, umbrella.Usage(c, "--"+name+" "+word+": write a size as 4000, 20K, 5M or 1G")
			}
			*size = n
		}
	}
	ch.any = len(ch.ids) == 0 && ch.sender == "" && ch.recipient == "" && ch.state == "" && len(ch.text) == 0 &&
		ch.before.IsZero() && ch.after.IsZero() && ch.larger < 0 && ch.smaller < 0
	return ch, nil
}

// parseSize reads a number of bytes.
func parseSize(word string) (int64, bool) {
	shift := map[byte]uint{'K': 10, 'M': 20, 'G': 30}[word[len(word)-1]&^0x20]
	if shift > 0 {
		word = word[:len(word)-1]
	}
	n, err := strconv.ParseUint(word, 10, 32)
	return int64(n) << shift, err == nil
}

// matches tells whether m is meant. The text is looked at last.
func (ch *choice) matches(q *queue.Queue, m *waiting.Message) (bool, error) {
	if ch.sender != "" && !umbrella.Like(ch.sender, m.Sender) ||
		ch.recipient != "" && !slices.ContainsFunc(m.Recipients, func(r waiting.Recipient) bool { return !r.Done && umbrella.Like(ch.recipient, r.Address) }) ||
		!ch.before.IsZero() && m.Queued.After(ch.before) || !ch.after.IsZero() && !m.Queued.After(ch.after) ||
		ch.larger >= 0 && m.Size < ch.larger || ch.smaller >= 0 && m.Size >= ch.smaller || !ch.inState(m) {
		return false, nil
	}
	if len(ch.text) == 0 {
		return true, nil
	}
	f, err := os.Open(q.Path("mess", m.ID))
	if err != nil {
		return false, err
	}
	defer f.Close()
	return contains(f, ch.text)
}

func (ch *choice) inState(m *waiting.Message) bool {
	switch ch.state {
	case "new":
		return m.Unsorted
	case "held":
		return m.Held
	case "bouncing":
		return m.Bouncing
	case "local", "remote":
		return slices.ContainsFunc(m.Recipients, func(r waiting.Recipient) bool {
			return !m.Unsorted && !r.Done && r.Channel.String() == ch.state
		})
	}
	return true
}

// contains looks for words, which are in small letters, in a text of any length.
func contains(r io.Reader, words []byte) (bool, error) {
	const piece = 64 << 10
	in := bufio.NewReaderSize(r, piece)
	var window []byte
	buf := make([]byte, piece)
	for {
		n, err := in.Read(buf)
		window = append(window, lower(buf[:n])...)
		if bytes.Contains(window, words) {
			return true, nil
		}
		window = append(window[:0], window[max(0, len(window)-len(words)+1):]...)
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
	}
}

// lower makes ASCII capitals small, in place.
func lower(b []byte) []byte {
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c | 0x20
		}
	}
	return b
}

// found is what each returns beside the messages.
type found struct {
	missing []queue.ID // asked for by number, and not there
	damaged []queue.ID // "qmail queue verify" has more
}

// each calls do for all messages that are meant, the oldest first.
func (ch *choice) each(p *cmd.Proc, q *queue.Queue, do func(*waiting.Message) error) (found, error) {
	var rest found
	ids := ch.ids
	if len(ids) == 0 {
		var err error
		if ids, err = waiting.IDs(q); err != nil {
			return rest, umbrella.Fatal("unable to read the queue", err)
		}
	}
	var messages []*waiting.Message
	progress := umbrella.NewProgress(p, "reading messages", len(ids))
	for _, id := range ids {
		progress.Step(1)
		m, err := waiting.Read(q, id)
		ok := false
		if err == nil {
			ok, err = ch.matches(q, m)
		}
		switch {
		case errors.Is(err, waiting.ErrDamaged):
			rest.damaged = append(rest.damaged, id)
		case errors.Is(err, fs.ErrNotExist):
			if len(ch.ids) > 0 {
				rest.missing = append(rest.missing, id)
			}
		case err != nil:
			progress.End()
			return rest, umbrella.Fatal("unable to read message "+id.String(), err)
		case ok:
			messages = append(messages, m)
		}
	}
	progress.End()
	slices.SortStableFunc(messages, func(a, b *waiting.Message) int { return a.Queued.Compare(b.Queued) })
	for _, m := range messages {
		if err := do(m); err != nil {
			return rest, err
		}
	}
	return rest, nil
}
