package queuecmd

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/internal/queue"
	"qmailkit/send"
	"qmailkit/send/waiting"
	"qmailkit/svc/umbrella"
)

// fact is a message as JSON has it.
type fact struct {
	ID         uint64      `json:"id"`
	Sender     string      `json:"sender"`
	Queued     time.Time   `json:"queued"`
	Age        int64       `json:"age"`
	Size       int64       `json:"size"`
	State      string      `json:"state"` // "new" or "sorted"
	Held       bool        `json:"held"`
	Bouncing   bool        `json:"bouncing"`
	Recipients []recipient `json:"recipients"`
	NextLocal  *time.Time  `json:"next_local,omitempty"`
	NextRemote *time.Time  `json:"next_remote,omitempty"`
	Header     string      `json:"header,omitempty"`
	Body       string      `json:"body,omitempty"`
}

type recipient struct {
	Address string `json:"address"`
	Channel string `json:"channel,omitempty"` // "local" or "remote"; not known of a new message
	Done    bool   `json:"done"`
}

func factOf(p *cmd.Proc, m *waiting.Message) fact {
	f := fact{
		ID: uint64(m.ID), Sender: m.Sender, Queued: m.Queued.UTC(), Age: int64(p.Now().Sub(m.Queued) / time.Second), Size: m.Size,
		State: "sorted", Held: m.Held, Bouncing: m.Bouncing, Recipients: []recipient{},
		NextLocal: when(m.Next[send.Local]), NextRemote: when(m.Next[send.Remote]),
	}
	if m.Unsorted {
		f.State = "new"
	}
	for _, r := range m.Recipients {
		channel := r.Channel.String()
		if m.Unsorted {
			channel = ""
		}
		f.Recipients = append(f.Recipients, recipient{r.Address, channel, r.Done})
	}
	return f
}

func when(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.UTC()
	return &t
}

// marks are what a line says of a message beside the rest.
func marks(m *waiting.Message) (text string) {
	for _, mark := range []struct {
		is   bool
		word string
	}{{m.Unsorted, "new "}, {m.Held, "held "}, {m.Bouncing, "bouncing "}} {
		if mark.is {
			text += mark.word
		}
	}
	return text
}

func runList(p *cmd.Proc, c *cli.Context) error {
	return look(p, c, func(out *umbrella.Out, q *queue.Queue, messages []*waiting.Message) (any, error) {
		facts := []fact{}
		rows := [][]string{{"NUMBER", "AGE", "SIZE", "DUE", "STATE", "SENDER", "RECIPIENTS"}}
		for _, m := range messages {
			facts = append(facts, factOf(p, m))
			rows = append(rows, []string{
				m.ID.String(), umbrella.Age(p.Now().Sub(m.Queued)), strconv.FormatInt(m.Size, 10),
				strconv.Itoa(m.Due()) + "/" + strconv.Itoa(len(m.Recipients)), marks(m), "<" + umbrella.Safe(m.Sender) + ">", first(m),
			})
		}
		out.Table(rows)
		return facts, nil
	})
}

// first is one recipient that is due, and how many more there are.
func first(m *waiting.Message) string {
	for _, r := range m.Recipients {
		if r.Done {
			continue
		}
		if n := m.Due(); n > 1 {
			return umbrella.Safe(r.Address) + " and " + strconv.Itoa(n-1) + " more"
		}
		return umbrella.Safe(r.Address)
	}
	return ""
}

func runShow(p *cmd.Proc, c *cli.Context) error {
	body := c.Bool("body")
	return look(p, c, func(out *umbrella.Out, q *queue.Queue, messages []*waiting.Message) (any, error) {
		facts := []fact{}
		for _, m := range messages {
			f := factOf(p, m)
			var err error
			if f.Header, f.Body, err = text(q.Path("mess", m.ID), body); err != nil {
				return nil, umbrella.Fatal("unable to read message "+m.ID.String(), err)
			}
			if out.JSON {
				facts = append(facts, f)
				continue
			}
			show(out, m, f)
		}
		return facts, nil
	})
}

// maxShown bounds how much of a message's header or body is shown, in bytes.
const maxShown = 1 << 20

// text returns a message's header and, if it is wanted, what follows.
func text(file string, withBody bool) (header, body string, err error) {
	f, err := os.Open(file)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	in := bufio.NewReader(io.LimitReader(f, maxShown))
	var b []byte
	for {
		line, err := in.ReadSlice('\n')
		if len(line) == 1 && (len(b) == 0 || b[len(b)-1] == '\n') {
			break
		}
		b = append(b, line...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if errors.Is(err, io.EOF) {
			return string(b), "", nil
		}
		if err != nil {
			return "", "", err
		}
	}
	if !withBody {
		return string(b), "", nil
	}
	rest, err := io.ReadAll(in)
	return string(b), string(rest), err
}

func show(out *umbrella.Out, m *waiting.Message, f fact) {
	out.Text(out.In(umbrella.Bold, "message "+m.ID.String()), " ", marks(m), "\n")
	out.Text("  from    <", umbrella.Safe(m.Sender), ">\n")
	out.Text("  queued  ", m.Queued.UTC().Format(time.RFC3339), ", ", umbrella.Age(time.Duration(f.Age)*time.Second), " ago\n")
	out.Text("  size    ", strconv.FormatInt(m.Size, 10), "\n")
	for c, next := range m.Next {
		if !next.IsZero() {
			out.Text("  ", pad(send.Channel(c).String(), 8), "next try ", next.UTC().Format(time.RFC3339), ", unless qmail-send knows better\n")
		}
	}
	for _, r := range f.Recipients {
		mark := "to  "
		if r.Done {
			mark = "done"
		}
		out.Text("  ", mark, "    ", pad(r.Channel, 7), umbrella.Safe(r.Address), "\n")
	}
	out.Text("\n", safeLines(f.Header))
	if f.Body != "" {
		out.Text("\n", safeLines(f.Body))
	}
	out.Text("\n")
}

func pad(s string, width int) string {
	for len(s) < width {
		s += " "
	}
	return s
}

// safeLines is Safe for text of several lines.
func safeLines(s string) string {
	b := []byte(s)
	for i, c := range b {
		if c != '\n' && c != '\t' && (c < ' ' || c > '~') {
			b[i] = '?'
		}
	}
	return string(b)
}

// look collects the messages that are meant, has them printed, and says what
// could not be read.
func look(p *cmd.Proc, c *cli.Context, print func(*umbrella.Out, *queue.Queue, []*waiting.Message) (any, error)) error {
	ch, err := chosen(p, c)
	if err != nil {
		return err
	}
	q, err := open(p)
	if err != nil {
		return err
	}
	out := umbrella.NewOut(p, c)
	var messages []*waiting.Message
	rest, err := ch.each(p, q, func(m *waiting.Message) error {
		messages = append(messages, m)
		return nil
	})
	if err != nil {
		return err
	}
	facts, err := print(out, q, messages)
	if err != nil {
		return err
	}
	if err := out.Facts(facts); err != nil {
		return err
	}
	if err := out.Close(); err != nil {
		return err
	}
	return rest.report()
}

// report turns what could not be looked at into the exit code.
func (f found) report() error {
	text := ""
	for _, id := range f.missing {
		text += "qmail: there is no message " + id.String() + "\n"
	}
	for _, id := range f.damaged {
		text += "qmail: message " + id.String() + " is damaged: see qmail queue verify\n"
	}
	if text == "" {
		return nil
	}
	return &cmd.Exit{Code: umbrella.ExitFound, Text: text}
}
