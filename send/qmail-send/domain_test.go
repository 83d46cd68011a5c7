package main

import (
	"fmt"
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

const unreached = "ZSorry, I wasn't able to establish an SMTP connection. (#4.4.1)\n"

// hangAt has the spawners hold deliveries to domain and make the others.
func (w *world) hangAt(domain string) {
	w.answer = func(_, recipient string) string {
		if send.Domain(recipient) == domain {
			return ""
		}
		return "K"
	}
}

// releaseFirst answers the n deliveries that are held longest, or all there are,
// and waits for what comes of it.
func (w *world) releaseFirst(n int, report string) {
	w.mu.Lock()
	n = min(n, len(w.held))
	first := w.held[:n]
	w.held = w.held[n:]
	w.mu.Unlock()
	for _, say := range first {
		say(report)
	}
	synctest.Wait()
}

func (w *world) holding() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.held)
}

// tried returns how often each recipient of a channel was tried.
func (w *world) tried() map[string]int {
	tried := map[string]int{}
	for _, asked := range w.requests() {
		if f := strings.Fields(asked); f[0] == "remote" {
			tried[f[len(f)-1]]++
		}
	}
	return tried
}

// once tells of recipients, n of them, that were not tried exactly once.
func (w *world) once(n int) {
	w.t.Helper()
	tried := w.tried()
	if len(tried) != n {
		w.t.Errorf("%d recipients were tried, not %d", len(tried), n)
	}
	for recipient, times := range tried {
		if times != 1 {
			w.t.Errorf("%s: tried %d times", recipient, times)
		}
	}
}

// at names them by number.
func at(name, domain string) func(int) string {
	return func(i int) string { return name + strconv.Itoa(i) + "@" + domain }
}

func recipients(n int, name func(i int) string) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = name(i)
	}
	return all
}

// A host that hangs gets its share of the slots. Everybody else's mail goes
// out, in the same messages and in others, although there are more messages for
// the slow host than there are jobs.
func TestSlowDomain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.domainLimits = []string{"5"}
		w.hangAt("slow")
		var list []string
		for i := range 700 {
			list = append(list, fmt.Sprintf("list%d@SLOW", i), fmt.Sprintf("list%d@quick%d", i, i%7))
		}
		w.queued(100, "s@h", list...)
		for i := range queue.ID(300) {
			w.queued(1000+2*i, "s@h", fmt.Sprintf("single%d@slow", i))
			w.queued(1001+2*i, "s@h", fmt.Sprintf("single%d@quick", i), fmt.Sprintf("beside%d@slow", i))
		}
		w.start()
		time.Sleep(time.Minute)
		quick := 0
		for recipient := range w.tried() {
			if strings.Contains(recipient, "quick") {
				quick++
			}
		}
		if quick != 1000 || w.holding() != 5 {
			t.Errorf("%d quick recipients, %d slow ones under way", quick, w.holding())
		}
		for w.holding() > 0 {
			if n := w.holding(); n > 5 {
				t.Fatalf("%d at once", n)
			}
			w.releaseFirst(2, "K")
		}
		w.once(700 + 700 + 300 + 600)
		w.stopEmpty()
	})
}

// Fewer at once while no connection comes about, more when one does, and what
// was learnt is forgotten when nothing goes there any more.
func TestBackOff(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.domainLimits = []string{"8"}
		w.hangAt("slow")
		w.queued(100, "s@h", recipients(100, at("r", "slow"))...)
		w.start()
		synctest.Wait()
		for _, step := range []struct {
			report   string
			released int
			left     int
		}{
			{"K", 8, 8},
			{unreached, 8, 4}, {unreached, 4, 2}, {unreached, 1, 2}, {"Kok\n", 1, 2}, // they were not in a row
			{unreached, 2, 1}, {unreached, 1, 1}, {unreached, 1, 1},
			{"Kok\n", 1, 2}, {"Zr does not like recipient.\n", 2, 4}, {"K", 4, 8}, {"K", 8, 8},
		} {
			if w.releaseFirst(step.released, step.report); w.holding() != step.left {
				t.Fatalf("%q: %d under way, not %d", step.report, w.holding(), step.left)
			}
		}
		for w.holding() > 0 {
			w.releaseFirst(8, unreached)
		}
		w.l.post(func() {
			if n := len(w.l.channels[send.Remote].domains.known); n != 0 {
				t.Errorf("%d domains are still known", n)
			}
		})
		w.stop()
	})
}

// When too many wait, other messages do too, but those who wait go on.
func TestCrowdedDomains(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.domainLimits = []string{"1"}
		w.hangAt("slow")
		w.start()
		w.l.post(func() { w.l.channels[send.Remote].domains.inAll = 5 })
		synctest.Wait()
		for id := range queue.ID(10) {
			w.queued(100+id, "s@h", fmt.Sprintf("r%d@slow", id))
			synctest.Wait()
		}
		w.queued(200, "s@h", "q@quick")
		synctest.Wait()
		if got := w.tried(); len(got) != 1 {
			t.Errorf("%v", got)
		}
		for w.holding() > 0 {
			w.releaseFirst(1, "K")
		}
		w.once(11)
		w.stopEmpty()
	})
}

// limit changes the limits as a HUP does.
func (w *world) limit(lines ...string) {
	w.l.post(func() { w.l.limitDomains(lines) })
	synctest.Wait()
}

// Limits may come, change and go while deliveries are under way.
func TestLimitsChange(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.hangAt("slow")
		w.queued(100, "s@h", recipients(100, at("r", "slow"))...)
		w.start()
		synctest.Wait()
		if w.holding() != 20 {
			t.Errorf("%d without limits", w.holding())
		}
		w.limit("slow:3")
		w.releaseFirst(17, "K") // its 3 last ones and the rest wait
		if w.holding() != 3 {
			t.Errorf("%d, not 3", w.holding())
		}
		w.releaseFirst(1, "K")
		if w.holding() != 3 {
			t.Errorf("%d, not 3 any more", w.holding())
		}
		if w.limit("slow:6"); w.holding() != 6 {
			t.Errorf("%d, not 6", w.holding())
		}
		if w.limit("slow:2"); w.holding() != 6 {
			t.Errorf("%d: were they stopped?", w.holding())
		}
		if w.releaseFirst(5, "K"); w.holding() != 2 {
			t.Errorf("%d, not 2", w.holding())
		}
		if w.limit(); w.holding() != 20 {
			t.Errorf("%d, not 20", w.holding())
		}
		for w.holding() > 0 {
			w.releaseFirst(20, "K")
		}
		w.once(100)
		w.stop()
	})
}

func TestDefaultLimits(t *testing.T) {
	for _, c := range []struct {
		slots int
		lines []string
		limit int // of a domain; -1 where nothing is kept of domains
	}{
		{20, nil, -1}, {255, nil, -1}, {256, nil, manyPerDomain}, {256, []string{"0"}, 0}, {256, []string{"7"}, 7},
		{20, []string{"x:1"}, 0}, {256, []string{"x:1"}, manyPerDomain}, {20, []string{"# no", "x"}, -1},
	} {
		conf := testConfig()
		conf.limit[send.Remote], conf.domainLimits = c.slots, c.lines
		l := newLoop(conf, nil, nil, time.Now)
		limit := -1
		if d := l.channels[send.Remote].domains.of("u@far"); d != nil {
			limit = d.limit
		}
		if limit != c.limit || l.channels[send.Local].domains != nil {
			t.Errorf("%d slots, %q: %d, not %d", c.slots, c.lines, limit, c.limit)
		}
	}
}

// Deferred recipients are tried again when they are due, also while others of
// their message wait for a host that hangs; and the message's time goes by
// while they wait.
func TestDeferredBesideWaiting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.domainLimits = []string{"slow:2"}
		grey := 3
		w.answer = func(_, recipient string) string {
			switch {
			case send.Domain(recipient) == "slow":
				return ""
			case recipient == "late@grey" && grey > 0:
				grey--
				return "Zlater\n"
			}
			return "K"
		}
		w.queued(100, "s@h", append(recipients(9, at("r", "slow")), "late@grey", "once@quick")...)
		w.start()
		time.Sleep(2500 * time.Second) // tries at about 0, 400, 1600 and 3600
		if got := w.tried(); got["late@grey"] != 3 || got["once@quick"] != 1 || len(got) != 4 {
			t.Errorf("at first: %v", got)
		}
		w.releaseFirst(1, "Zlater\n") // due with late@grey, but its domain is waited for
		time.Sleep(2500 * time.Second)
		if got := w.tried(); got["late@grey"] != 4 || got["r0@slow"] != 1 || len(got) != 5 {
			t.Errorf("then: %v", got)
		}
		w.l.post(w.l.runNow)
		synctest.Wait()
		time.Sleep(defaultLifetime * time.Second)
		for w.holding() > 0 {
			w.releaseFirst(2, "Zlater\n")
		}
		time.Sleep(24 * time.Hour)
		for w.holding() > 0 {
			w.releaseFirst(2, "Zlater\n")
		}
		w.stop()
		if files := w.files(); len(files) != 0 || len(w.bounced) != 1 || strings.Count(w.bounced[0], "@slow>") != 9 {
			t.Errorf("%v %q", files, w.bounced)
		}
	})
}

// ALRM makes due what was deferred while others of the message wait.
func TestRunNowBesideWaiting(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.domainLimits = []string{"slow:1"}
		w.answer = func(_, recipient string) string {
			return map[string]string{"a@slow": "", "b@slow": "", "c@grey": "Zlater\n"}[recipient]
		}
		w.queued(100, "s@h", "a@slow", "b@slow", "c@grey")
		w.start()
		synctest.Wait()
		for range 3 {
			w.l.post(w.l.runNow)
			synctest.Wait()
		}
		if got := w.tried(); got["c@grey"] != 4 || got["a@slow"] != 1 || len(got) != 2 {
			t.Errorf("%v", got)
		}
		w.releaseFirst(1, "K")
		w.releaseFirst(1, "K")
		w.stop()
		if got := w.read("remote", 100); got != "Da@slow\x00Db@slow\x00Tc@grey\x00" {
			t.Errorf("%q", got)
		}
	})
}

// HUP reads the limits again. What cannot be read changes nothing.
func TestHangupLimits(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		home := newHome(t)
		file := home + "/control/concurrencyperdomain"
		w.conf.me, w.conf.ok = "here", true
		w.hangAt("slow")
		w.queued(100, "s@h", recipients(100, at("r", "slow"))...)
		w.start()
		w.l.home = home
		hangup := func() {
			w.l.post(w.l.reread)
			w.releaseFirst(15, "K")
		}
		write(t, file, "slow:2\n")
		hangup()
		if hangup(); w.holding() != 2 { // 20 were under way at first
			t.Errorf("%d, not 2", w.holding())
		}
		mustMkdir(t, file+".d")
		if err := os.Rename(file, file+".away"); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(file+".d", file); err != nil {
			t.Fatal(err)
		}
		if hangup(); w.holding() != 2 {
			t.Errorf("%d, not 2, with limits that cannot be read", w.holding())
		}
		os.Remove(file)
		if hangup(); w.holding() != 20 {
			t.Errorf("%d, not 20", w.holding())
		}
		for w.holding() > 0 {
			w.releaseFirst(20, "K")
		}
		w.stop()
		if n := strings.Count(strings.Join(w.lines(), ""), "alert: "); n != 1 || !slices.Contains(w.lines(), noRereadLimits) {
			t.Errorf("%d alerts", n)
		}
	})
}
