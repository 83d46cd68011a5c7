package queuecmd

import (
	"cmp"
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

// counts are what "qmail queue stat" says.
type counts struct {
	Messages  int        `json:"messages"`
	New       int        `json:"new"`
	Held      int        `json:"held"`
	Bouncing  int        `json:"bouncing"`
	Bytes     int64      `json:"bytes"`
	Local     int        `json:"local_due"`
	Remote    int        `json:"remote_due"`
	Done      int        `json:"recipients_done"`
	Oldest    *time.Time `json:"oldest,omitempty"`
	ByAge     []bucket   `json:"by_age"`
	ByHost    []bucket   `json:"by_host"` // of remote recipients that are due, the most first
	hosts     map[string]int
	ageCounts [len(ageNames)]int
}

type bucket struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

var (
	ageNames  = [...]string{"less than 5m", "less than 1h", "less than 1d", "less than 1w", "1w or more"}
	ageLimits = [...]time.Duration{5 * time.Minute, time.Hour, 24 * time.Hour, 7 * 24 * time.Hour}
)

// maxHosts is how many hosts are named.
const maxHosts = 10

func (n *counts) add(m *waiting.Message, now time.Time) {
	n.Messages++
	n.Bytes += m.Size
	for _, c := range []struct {
		is bool
		n  *int
	}{{m.Unsorted, &n.New}, {m.Held, &n.Held}, {m.Bouncing, &n.Bouncing}} {
		if c.is {
			*c.n++
		}
	}
	if n.Oldest == nil {
		n.Oldest = when(m.Queued)
	}
	i := 0
	for i < len(ageLimits) && now.Sub(m.Queued) >= ageLimits[i] {
		i++
	}
	n.ageCounts[i]++
	for _, r := range m.Recipients {
		switch {
		case r.Done:
			n.Done++
		case m.Unsorted:
		case r.Channel.String() == "local":
			n.Local++
		default:
			n.Remote++
			n.hosts[strings.ToLower(r.Address[strings.LastIndexByte(r.Address, '@')+1:])]++
		}
	}
}

func (n *counts) finish() {
	for i, name := range ageNames {
		n.ByAge = append(n.ByAge, bucket{name, n.ageCounts[i]})
	}
	n.ByHost = []bucket{}
	for host, count := range n.hosts {
		n.ByHost = append(n.ByHost, bucket{host, count})
	}
	slices.SortFunc(n.ByHost, func(a, b bucket) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Name, b.Name))
	})
	n.ByHost = n.ByHost[:min(len(n.ByHost), maxHosts)]
}

func runStat(p *cmd.Proc, c *cli.Context) error {
	return look(p, c, func(out *umbrella.Out, _ *queue.Queue, messages []*waiting.Message) (any, error) {
		n := &counts{hosts: make(map[string]int)}
		for _, m := range messages {
			n.add(m, p.Now())
		}
		n.finish()
		rows := [][]string{{"", ""}}
		for _, r := range []bucket{
			{"messages", n.Messages}, {"  not yet sorted", n.New}, {"  held", n.Held}, {"  bouncing", n.Bouncing}, {"  bytes", int(n.Bytes)},
			{"recipients to be tried", n.Local + n.Remote}, {"  local", n.Local}, {"  remote", n.Remote}, {"recipients done", n.Done},
		} {
			rows = append(rows, []string{r.Name, strconv.Itoa(r.Count)})
		}
		for _, b := range n.ByAge {
			rows = append(rows, []string{"age " + b.Name, strconv.Itoa(b.Count)})
		}
		for _, b := range n.ByHost {
			rows = append(rows, []string{"to " + umbrella.Safe(b.Name), strconv.Itoa(b.Count)})
		}
		out.Table(rows)
		return n, nil
	})
}
