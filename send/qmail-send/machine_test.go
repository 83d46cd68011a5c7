package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"qmailkit/internal/queue"
	"qmailkit/send"
)

// machine drives a queue at random: messages come, deliveries succeed, fail
// and wait, qmail-send is told things, stopped and killed. What must hold: no
// recipient of a message that is in todo is forgotten, none has two outcomes
// unless qmail-send was killed, and in the end the queue is empty.
type machine struct {
	*world
	rng      *rand.Rand // the test's
	chance   *rand.Rand // the spawners' and qmail-queue's, under world.mu
	next     queue.ID
	outcomes map[string]int // by recipient; recipients are unique
	failed   map[string]bool
	kills    int
	patience map[string]int // deferrals before the outcome
}

const machineSteps = 50

func TestMachine(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) { runMachine(t, seed) })
		})
	}
}

func runMachine(t *testing.T, seed uint64) {
	m := &machine{
		world: newWorld(t, seed%2 == 1), rng: rand.New(rand.NewPCG(seed, 1)), chance: rand.New(rand.NewPCG(seed, 2)),
		next:     1000,
		outcomes: map[string]int{}, failed: map[string]bool{}, patience: map[string]int{},
	}
	m.conf.lifetime = 1 << 40
	m.conf.limit = [send.Channels]int{1 + m.rng.IntN(4), 1 + m.rng.IntN(4)}
	m.conf.domainLimits = m.limits()
	m.answer = m.outcome
	m.result = m.injection
	m.start()
	for range machineSteps {
		m.step()
	}
	m.mu.Lock()
	m.answer = func(_, recipient string) string {
		m.outcomes[recipient]++
		delete(m.failed, bare(recipient))
		return "K"
	}
	m.mu.Unlock()
	m.pull()
	m.l.post(m.l.runNow)
	time.Sleep(4 * 24 * time.Hour) // strays need 36 hours, and a search after them
	m.stop()
	m.check()
}

// outcome is a spawner's answer.
func (m *machine) outcome(_, recipient string) string {
	if m.patience[recipient] > 0 {
		m.patience[recipient]--
		return []string{"Zlater\n", unreached}[m.chance.IntN(2)]
	}
	if m.chance.IntN(10) == 0 {
		return "Qodd"
	}
	m.outcomes[recipient]++
	delete(m.failed, bare(recipient)) // the last outcome counts: one before a kill may have been forgotten
	if m.chance.IntN(3) == 0 {
		m.failed[bare(recipient)] = true
		return "Dno\n"
	}
	return "Kok\n"
}

// bare is a recipient without the prefix of a virtual domain's user.
func bare(recipient string) string { return recipient[strings.IndexByte(recipient, 'u'):] }

func (m *machine) injection(job bounceJob, text string) bounceResult {
	if m.chance.IntN(3) == 0 {
		return bounceResult{retry: noInject}
	}
	return bounceResult{qp: 1}
}

func (m *machine) step() {
	switch m.rng.IntN(13) {
	case 0, 1, 2, 3:
		m.arrive()
	case 4:
		m.l.post(m.l.runNow)
	case 5:
		m.l.post(func() { m.l.rules = m.l.rules.WithDomains([]string{"here"}, []string{"virt:jim"}) })
	case 6:
		m.stop()
		m.start()
	case 7:
		m.kill()
	case 12:
		lines := m.limits()
		m.l.post(func() { m.l.limitDomains(lines) })
	case 8:
		m.put("mess", m.next, "left behind", 0)
		m.next++
	default:
		time.Sleep(time.Duration(m.rng.IntN(5000)) * time.Second)
	}
	if m.rng.IntN(2) == 0 {
		synctest.Wait()
	}
}

// limits are lines of concurrencyperdomain, or none.
func (m *machine) limits() []string {
	if m.rng.IntN(3) == 0 {
		return nil
	}
	return []string{fmt.Sprint("far:", m.rng.IntN(3)), fmt.Sprint(1 + m.rng.IntN(3))}
}

func (m *machine) arrive() {
	id := m.next
	m.next += queue.ID(1 + m.rng.IntN(3))
	var recipients []string
	m.mu.Lock()
	for i := range m.rng.IntN(5) {
		r := fmt.Sprintf("u%d-%d@%s", id, i, []string{"here", "far", "virt", "FAR", "near"}[m.rng.IntN(5)])
		recipients = append(recipients, r)
		m.patience[r] = m.rng.IntN(4)
	}
	m.mu.Unlock()
	m.queued(id, fmt.Sprintf("s%d@h", id), recipients...)
	m.mu.Lock()
	for _, r := range recipients {
		m.outcomes[r] += 0
	}
	m.mu.Unlock()
}

// kill ends the loop between two events, without a word. What it had begun in
// other goroutines still happens, as what the system was asked for does.
func (m *machine) kill() {
	m.kills++
	m.l.post(runtime.Goexit)
	<-m.end
	synctest.Wait()
	m.held = nil
	m.start()
}

func (m *machine) check() {
	if files := m.files(); len(files) != 0 {
		m.t.Errorf("left in the queue: %v", files)
		for _, f := range files {
			b, _ := os.ReadFile(m.q.Root + "/" + f)
			m.t.Logf("%s: %q", f, b)
		}
	}
	total := map[string]int{}
	for recipient, n := range m.outcomes {
		for _, prefix := range []string{"joe-", "jim-"} {
			recipient = strings.TrimPrefix(recipient, prefix)
		}
		total[recipient] += n
	}
	for recipient, n := range total {
		if n < 1 || n > 1+m.kills {
			m.t.Errorf("%s: %d outcomes with %d kills", recipient, n, m.kills)
		}
	}
	bounces := strings.Join(m.bounced, "")
	for recipient := range m.failed {
		if !strings.Contains(bounces, recipient+">:\nno\n") {
			m.t.Errorf("%s failed and did not bounce", recipient)
		}
	}
	m.checkLog()
}

// checkLog looks at the order of a message's lines.
func (m *machine) checkLog() {
	lines := m.lines()
	ended := 0
	for i, line := range lines {
		if id, ok := strings.CutPrefix(line, "new msg "); ok {
			if i+1 == len(lines) || !strings.HasPrefix(lines[i+1], "info msg "+strings.TrimSpace(id)+": ") {
				m.t.Errorf("after %q: %q", line, lines[i+1])
			}
		}
		if strings.HasPrefix(line, "end msg ") {
			ended++
		}
		if strings.HasPrefix(line, "warning: ") && line != noInject && !strings.Contains(line, "will try again") {
			m.t.Errorf("%q", line)
		}
	}
	if ended == 0 {
		m.t.Error("no message ended")
	}
}
