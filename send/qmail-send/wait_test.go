package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"qmailkit/internal/queue"
	"qmailkit/send"
)

// crowd is a queue of lists whose recipients wait for one another's domains. In
// the hands of the spawner they stay for long, and come back in any order.
type crowd struct {
	*world
	rng      *rand.Rand
	names    []string       // of the deliveries that are held
	under    map[string]int // how often a recipient is under way
	next     queue.ID
	patience map[string]int // deferrals before the outcome
	over     map[string]int // outcomes
}

func TestCrowd(t *testing.T) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprint("seed", seed), func(t *testing.T) {
			bubble(t, func(t *testing.T) { runCrowd(t, seed) })
		})
	}
}

func runCrowd(t *testing.T, seed uint64) {
	c := &crowd{
		world: newWorld(t, false), rng: rand.New(rand.NewPCG(seed, 3)),
		under: map[string]int{}, patience: map[string]int{}, over: map[string]int{},
	}
	c.conf.limit[send.Remote] = 1 + c.rng.IntN(12)
	c.conf.lifetime = 1 << 40
	c.answer = c.begin
	c.next = 100
	for range 6 {
		c.arrive(40)
	}
	c.conf.domainLimits = c.limits()
	c.begun()
	for range 120 {
		c.step()
	}
	c.l.post(func() { c.l.limitDomains(nil) })
	for range 200 {
		time.Sleep(12 * time.Hour)
		for c.holding() > 0 {
			c.end()
			synctest.Wait()
		}
	}
	c.stop()
	for recipient, n := range c.over {
		if n != 1 {
			t.Errorf("%s has %d outcomes", recipient, n)
		}
	}
	if files := c.files(); len(files) != 0 {
		t.Errorf("left: %v", files)
	}
	if log := strings.Join(c.lines(), ""); strings.Contains(log, "warning") {
		t.Error(log)
	}
}

// arrive queues a message of at most so many recipients.
func (c *crowd) arrive(most int) {
	var list []string
	c.mu.Lock()
	for i := range 1 + c.rng.IntN(most) {
		r := fmt.Sprintf("u%d-%d@d%d", c.next, i, c.rng.IntN(1+c.rng.IntN(6)))
		c.patience[r], c.over[r] = c.rng.IntN(4), 0
		list = append(list, r)
	}
	c.mu.Unlock()
	c.queued(c.next, "s@h", list...)
	c.next++
}

// begun starts qmail-send, which is to forget what it has noted soon.
func (c *crowd) begun() {
	c.start()
	c.few()
	synctest.Wait()
}

func (c *crowd) few() {
	c.l.post(func() {
		if ds := c.l.channels[send.Remote].domains; ds != nil {
			ds.most = 2
		}
	})
}

// limits change often; 1 is likely.
func (c *crowd) limits() []string {
	return []string{fmt.Sprint("d0:", c.rng.IntN(3)), fmt.Sprint("d1:", c.rng.IntN(3)), fmt.Sprint(1 + c.rng.IntN(3)*c.rng.IntN(2))}
}

func (c *crowd) begin(_, recipient string) string {
	if c.under[recipient]++; c.under[recipient] > 1 || c.over[recipient] > 0 {
		c.t.Errorf("%s: %d under way, %d outcomes", recipient, c.under[recipient], c.over[recipient])
	}
	c.names = append(c.names, recipient)
	return ""
}

// end ends any delivery.
func (c *crowd) end() {
	c.mu.Lock()
	i := c.rng.IntN(len(c.held))
	say, name := c.held[i], c.names[i]
	c.held = append(c.held[:i], c.held[i+1:]...)
	c.names = append(c.names[:i], c.names[i+1:]...)
	c.under[name]--
	report := []string{"Zlater\n", unreached, "Qodd"}[c.rng.IntN(3)]
	if c.patience[name]--; c.patience[name] < 0 {
		report = []string{"K", "Kok\n", "Dno\n"}[c.rng.IntN(3)]
		c.over[name]++
	}
	c.mu.Unlock()
	say(report)
}

func (c *crowd) step() {
	switch n := c.rng.IntN(20); {
	case n == 0:
		lines := c.limits()
		c.l.post(func() { c.l.limitDomains(lines) })
		c.few()
	case n == 1:
		c.l.post(c.l.runNow)
	case n == 2:
		c.l.post(func() { c.l.exiting = true })
		for synctest.Wait(); c.holding() > 0; synctest.Wait() {
			c.end()
		}
		<-c.world.end
		c.begun()
	case n < 5:
		c.arrive(5)
	case n < 8:
		time.Sleep(time.Duration(c.rng.IntN(2000)) * time.Second)
	default:
		for range min(c.holding(), 1+c.rng.IntN(3)) {
			c.end()
		}
	}
	synctest.Wait()
}

// At the end of qmail-send those who wait stay in the queue, and the next one
// delivers to them; also where their message was on its way unwritten.
func TestWaitingTerm(t *testing.T) {
	for _, after := range []time.Duration{0, 2 * patience * time.Second} {
		bubble(t, func(t *testing.T) {
			w := newWorld(t, false)
			w.conf.domainLimits = []string{"slow:2"}
			w.hangAt("slow")
			w.startAble()
			w.queued(100, "s@h", recipients(30, at("list", "slow"))...)
			for i := range queue.ID(10) {
				w.queued(200+i, "s@h", fmt.Sprintf("a%d@slow", i), fmt.Sprintf("b%d@quick", i))
			}
			time.Sleep(time.Second + after)
			w.l.post(func() { w.l.exiting = true })
			w.releaseFirst(2, "K")
			<-w.end
			synctest.Wait()
			if w.holding() != 0 {
				t.Errorf("%d were begun after TERM", w.holding())
			}
			w.answer = nil
			w.start()
			time.Sleep(time.Minute)
			w.stop()
			w.once(30 + 2*10)
			if files := w.files(); len(files) != 0 {
				t.Errorf("left: %v", files)
			}
		})
	}
}

// bytesRead returns what the process has ever read.
func bytesRead(t *testing.T) int {
	text, err := os.ReadFile("/proc/self/io")
	if err != nil {
		t.Skip("reads are not counted here: ", err)
	}
	_, after, _ := strings.Cut(string(text), "rchar: ")
	n, _ := strconv.Atoi(strings.Fields(after)[0])
	return n
}

// The recipients of a list that wait are found without reading the list again
// for each, whether they are of one domain or of many.
func TestListIsLinear(t *testing.T) {
	const n, buffer = 3000, 4096
	for _, domains := range []int{1, 2, 50, n / 3} {
		bubble(t, func(t *testing.T) {
			w := newWorld(t, false)
			w.conf.domainLimits = []string{"1"}
			w.queued(100, "s@h", recipients(n, func(i int) string { return fmt.Sprintf("r%d@d%d.example", i, i%domains) })...)
			w.start()
			begin := bytesRead(t)
			time.Sleep(time.Minute)
			if read := bytesRead(t) - begin; read > 3*n*buffer/2 {
				t.Errorf("%d domains: %d bytes read", domains, read)
			}
			w.once(n)
			w.stopEmpty()
		})
	}
}

// Recipients that cannot be read when it is their turn, that somebody has
// marked, or who are not recipients, hold up nobody and are not lost.
func TestWaitingTrouble(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.domainLimits = []string{"1"}
		w.hangAt("slow")
		w.start()
		for id := range queue.ID(4) {
			w.queued(100+id, "s@h", fmt.Sprintf("a%d@slow", id), fmt.Sprintf("b%d@slow", id))
			synctest.Wait()
		}
		time.Sleep((patience + 1) * time.Second) // for all of them to be written down
		path := w.q.Path("remote", 101)
		if err := os.Rename(path, path+".away"); err != nil {
			t.Fatal(err)
		}
		for id, text := range map[queue.ID]string{102: "Ta2@slow\x00Db2@slow\x00", 103: "Xa3@slow\x00Tb3@slow\x00"} {
			if err := os.WriteFile(w.q.Path("remote", id), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		for w.holding() > 0 {
			w.releaseFirst(1, "K")
		}
		got := w.tried()
		if len(got) != 3 || got["a0@slow"] != 1 || got["b0@slow"] != 1 || got["a2@slow"] != 1 {
			t.Errorf("%v", got)
		}
		for _, id := range []string{"2/101", "1/103"} {
			if !slices.Contains(w.lines(), "warning: trouble reading remote/"+id+"; will try again later\n") {
				t.Errorf("nothing is said of %s: %q", id, w.lines())
			}
		}
		os.Rename(path+".away", path)
		os.WriteFile(w.q.Path("remote", 103), []byte("Ta3@slow\x00Tb3@slow\x00"), 0o600)
		w.mu.Lock()
		w.answer = nil
		w.mu.Unlock()
		time.Sleep(time.Hour)
		w.once(7)
		w.stopEmpty()
	})
}

// A pass that did not get to the end does not know all recipients, and neither
// does the job when a later one does.
func TestDeferredBehindTrouble(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.domainLimits = []string{"slow:1"}
		w.answer = func(_, recipient string) string {
			return map[string]string{"a@slow": "", "b@slow": "", "c@grey": "Zlater\n", "d@quick": "K"}[recipient]
		}
		text := "Ta@slow\x00Tb@slow\x00Tc@grey\x00"
		w.put("mess", 100, "hi\n", 0)
		w.put("info", 100, "Fs@h\x00", 0)
		w.put("remote", 100, text+"Xd@quick\x00", 0)
		w.start()
		time.Sleep(time.Second)
		if err := os.WriteFile(w.q.Path("remote", 100), []byte(text+"Td@quick\x00"), 0o600); err != nil {
			t.Fatal(err)
		}
		time.Sleep(1000 * time.Second)
		w.releaseFirst(1, "K")
		w.releaseFirst(1, "K")
		w.stop()
		if got := w.read("remote", 100); got != "Da@slow\x00Db@slow\x00Tc@grey\x00Dd@quick\x00" {
			t.Errorf("%q", got)
		}
	})
}
