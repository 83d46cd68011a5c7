package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"qmailkit/internal/queue"
	"qmailkit/send"
)

func TestTodoTrouble(t *testing.T) {
	for name, c := range map[string]struct{ todo, log string }{
		"no sender": {"u1\x00Tu@here\x00", "warning: no sender record in todo/100\n"},
		"empty":     {"", "warning: no sender record in todo/100\n"},
		"unknown":   {"Fa@b\x00X\x00", "warning: unknown record type in todo/100\n"},
		"too long":  {"Fa@b\x00T" + strings.Repeat("x", send.MaxRecord) + "\x00", "warning: trouble reading todo/100\n"},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, false)
				w.put("mess", 100, "x", 0)
				w.put("todo", 100, c.todo, 0)
				w.start()
				synctest.Wait()
				time.Sleep(time.Hour) // looked at again twice
				w.stop()
				if lines := w.lines(); !slices.Contains(lines, c.log) || strings.Count(strings.Join(lines, ""), c.log) != 3 {
					t.Errorf("%q", lines)
				}
				if len(w.requests()) != 0 || w.read("todo", 100) != c.todo {
					t.Errorf("%q %q", w.requests(), w.read("todo", 100))
				}
			})
		})
	}
}

// What a crash while a message was sorted has left is no hindrance.
func TestSortAgain(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.queued(100, "a@b", "u@far")
		w.put("info", 100, "Fold@b\x00", 0)
		w.put("local", 100, "Told@here\x00", 0)
		w.start()
		synctest.Wait()
		w.stop()
		if !slices.Equal(w.requests(), []string{"clean todo/100", "remote 0 1/100 a@b u@far", "clean foop/100"}) {
			t.Errorf("%q", w.requests())
		}
	})
}

func TestCleanRefuses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.cleanSays = func(string) string { return "!" }
		w.queued(100, "a@b", "u@here")
		w.start()
		synctest.Wait()
		w.stop()
		w.wantLog("status: local 0/10 remote 0/20", "new msg 100", "info msg 100: bytes 15 from <a@b> qp 999 uid 1000",
			"warning: qmail-clean unable to clean up todo/100", "status: exiting")
	})
}

func TestCleanGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.start()
		synctest.Wait()
		w.l.post(func() { w.l.clean.heard(w.l, nil) })
		synctest.Wait()
		w.queued(100, "a@b", "u@here")
		<-w.end
		synctest.Wait()
		w.wantLog("status: local 0/10 remote 0/20", "new msg 100", "info msg 100: bytes 15 from <a@b> qp 999 uid 1000",
			"alert: oh no! lost qmail-clean connection! dying...", "status: exiting")
	})
}

func TestSpawnerGone(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.answer = func(_, _ string) string { return "" }
		w.queued(100, "a@b", "u@here", "w@far")
		w.start()
		synctest.Wait()
		w.l.post(func() { w.l.heard(send.Local, nil) })
		synctest.Wait()
		w.release("K") // only the remote one is heard
		<-w.end
		synctest.Wait()
		if got := w.read("local", 100); got != "Tu@here\x00" {
			t.Errorf("%q", got)
		}
		if slices.Contains(w.files(), "remote/1/100") {
			t.Error("the remote delivery was not waited for")
		}
		if last := w.lines(); !slices.Contains(last, lostSpawn) || !slices.Contains(last, "status: local 1/10 remote 0/20 exitasap\n") {
			t.Errorf("%q", last)
		}
	})
}

func TestBounces(t *testing.T) {
	for name, c := range map[string]struct {
		sender string
		to     string // doublebounceto
		result bounceResult
		log    []string
		kept   bool
	}{
		"single":    {"a@b", "p@h", bounceResult{qp: 5}, []string{"bounce msg 7 qp 5", "end msg 7"}, false},
		"double":    {"", "p@h", bounceResult{qp: 5}, []string{"bounce msg 7 qp 5", "end msg 7"}, false},
		"trimmed":   {"", "", bounceResult{qp: 5}, []string{"double bounce: discarding bounce/7", "end msg 7"}, false},
		"triple":    {"#@[]", "p@h", bounceResult{qp: 5}, []string{"triple bounce: discarding bounce/7", "end msg 7"}, false},
		"temporary": {"a@b", "p@h", bounceResult{retry: noInject}, []string{strings.TrimSpace(noInject)}, true},
		"permanent": {"a@b", "p@h", bounceResult{discard: "bounce refused\n"}, []string{"bounce refused", "end msg 7"}, false},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(t *testing.T) {
				w := newWorld(t, false)
				w.conf.doubleBounceTo = c.to
				w.result = func(bounceJob, string) bounceResult { return c.result }
				w.put("mess", 7, "x", 0)
				w.put("info", 7, "F"+c.sender+"\x00", 0)
				w.put("bounce", 7, "<u@here>:\nno\n\n", 0)
				w.start()
				synctest.Wait()
				w.stop()
				w.wantLog(slices.Concat([]string{"status: local 0/10 remote 0/20"}, c.log, []string{"status: exiting"})...)
				if kept := len(w.files()) == 3; kept != c.kept || !kept && len(w.files()) != 0 {
					t.Errorf("%v", w.files())
				}
			})
		})
	}
}

// A bounce that could not be queued is tried again.
func TestBounceLater(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		start, n := time.Now(), 0
		w.result = func(bounceJob, string) bounceResult {
			if n++; n < 3 {
				return bounceResult{retry: noInject}
			}
			if waited := time.Now().Unix() - start.Unix(); waited != 2*sleepFailure {
				t.Errorf("after %d", waited)
			}
			return bounceResult{qp: 5}
		}
		w.put("mess", 7, "x", 0)
		w.put("info", 7, "Fa@b\x00", 0)
		w.put("bounce", 7, "<u@here>:\nno\n\n", 0)
		w.start()
		time.Sleep(time.Hour)
		w.stop()
		if n != 3 || len(w.files()) != 0 {
			t.Errorf("%d %v", n, w.files())
		}
	})
}

// A failure is never dropped: the delivery ends when it is written down.
func TestFailureCannotBeWritten(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.answer = func(_, _ string) string { return "Dno\n" }
		if err := os.Mkdir(w.q.Path("bounce", 100), 0o700); err != nil {
			t.Fatal(err)
		}
		w.queued(100, "a@b", "u@here")
		w.start()
		time.Sleep(25 * time.Second)
		if got := w.read("local", 100); got != "Tu@here\x00" {
			t.Errorf("%q", got)
		}
		os.Remove(w.q.Path("bounce", 100))
		time.Sleep(sleepHelp * time.Second)
		w.stop()
		if len(w.bounced) != 1 || strings.Count(strings.Join(w.lines(), ""), noBounce) != 3 {
			t.Errorf("%q %q", w.bounced, w.lines())
		}
	})
}

func TestStrays(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.answer = func(_, _ string) string { return "Zlater\n" }
		const old = (ossified + 60) * time.Second
		for id := range queue.ID(5) {
			w.put("mess", 100+id, "x", old)
		}
		w.put("mess", 105, "x", old-100*time.Second) // not yet
		w.put("todo", 101, todoText("a@b", "u@here"), 0)
		w.put("info", 102, "Fa@b\x00", 0)
		w.put("remote", 102, "Tu@far\x00", 0)
		w.start()
		synctest.Wait()
		var foops []string
		for _, a := range w.requests() {
			if strings.HasPrefix(a, "clean foop/") {
				foops = append(foops, a[11:])
			}
		}
		slices.Sort(foops)
		if !slices.Equal(foops, []string{"100", "103", "104"}) {
			t.Errorf("%q", foops)
		}
		time.Sleep((sleepCleanup + 10) * time.Second)
		if slices.Contains(w.files(), "mess/0/105") || !slices.Contains(w.files(), "mess/2/101") || !slices.Contains(w.files(), "mess/0/102") {
			t.Errorf("%v", w.files())
		}
		w.stop()
	})
}

// A message that arrives while the old ones are still being looked at is
// scheduled once.
func TestFreshDuringSurvey(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.start()
		synctest.Wait()
		w.l.post(func() {
			w.l.boot.finished = false
			w.l.boot.released = true
			w.l.boot.fresh = map[queue.ID]struct{}{}
		})
		w.answer = func(_, _ string) string { return "" }
		w.queued(100, "a@b", "u@here")
		synctest.Wait()
		w.l.post(func() {
			w.l.know([]found{{id: 100, has: [send.Channels]bool{true, false}}, {id: 101, has: [send.Channels]bool{true, false}}})
			if n := len(w.l.channels[send.Local].waiting); n != 1 {
				t.Errorf("%d scheduled", n)
			}
			w.l.channels[send.Local].waiting.pop()
		})
		w.release("K")
		w.stop()
	})
}
