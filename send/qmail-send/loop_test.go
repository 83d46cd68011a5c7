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

func TestDelivery(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.start()
		synctest.Wait()
		w.queued(100, "a@b", "u@here", "v@virt", "w@far")
		synctest.Wait()
		if files := w.files(); len(files) != 0 {
			t.Errorf("left in the queue: %v", files)
		}
		want := []string{"clean foop/100", "clean todo/100", "local 0 1/100 a@b u@here", "local 0 1/100 a@b joe-v@virt",
			"local 1 1/100 a@b joe-v@virt", "remote 0 1/100 a@b w@far"}
		for _, a := range w.requests() {
			if !slices.Contains(want, a) {
				t.Errorf("asked for %q", a)
			}
		}
		w.stop()
		lines := w.lines()
		if lines[1] != "new msg 100\n" || lines[2] != "info msg 100: bytes 15 from <a@b> qp 999 uid 1000\n" ||
			lines[3] != "starting delivery 1: msg 100 to local u@here\n" || lines[4] != "status: local 1/10 remote 0/20\n" {
			t.Errorf("%q", lines)
		}
	})
}

// The spawners are served in turn.
func TestDeliveryOrder(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.queued(100, "a@b", "u@here", "v@here", "w@here", "u@far", "v@far")
		w.start()
		synctest.Wait()
		w.stop()
		var order []string
		for _, line := range w.lines() {
			if rest, ok := strings.CutPrefix(line, "starting delivery "); ok {
				order = append(order, rest)
			}
		}
		want := []string{"1: msg 100 to local u@here\n", "2: msg 100 to remote u@far\n", "3: msg 100 to local v@here\n",
			"4: msg 100 to remote v@far\n", "5: msg 100 to local w@here\n"}
		if !slices.Equal(order, want) {
			t.Errorf("%q", order)
		}
	})
}

func TestVariableSender(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, true) // todo is split
		w.answer = func(_, _ string) string { return "Dno\n" }
		w.queued(100, "list-@h-@[]", "u@here")
		w.start()
		synctest.Wait()
		w.stop()
		if !slices.Equal(w.requests(), []string{"clean todo/1/100", "local 0 1/100 list-u=here@h u@here", "clean foop/100"}) {
			t.Errorf("%q", w.requests())
		}
		if !slices.Equal(w.bounced, []string{"list-@h: <u@here>:\nno\n\n"}) {
			t.Errorf("%q", w.bounced)
		}
	})
}

// tries returns when each try of a deferred message was made, in seconds after
// its birth, until it bounces.
func tries(t *testing.T, recipient string, lifetime int64) (at []int64, bounced bool) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.lifetime = lifetime
		birth := time.Now()
		channel := send.Local.String()
		if strings.HasSuffix(recipient, "far") {
			channel = send.Remote.String()
		}
		w.put("mess", 7, "x", 0)
		w.put("info", 7, "Fa@b\x00", 0)
		w.put(channel, 7, "T"+recipient+"\x00", 0)
		w.answer = func(_, _ string) string {
			at = append(at, time.Now().Unix()-birth.Unix())
			return "Zlater"
		}
		w.start()
		time.Sleep(time.Duration(lifetime+100000) * time.Second)
		w.stop()
		bounced = len(w.bounced) == 1 && strings.Contains(w.bounced[0], "later\nI'm not going to try again; ")
		if len(w.files()) != 0 {
			t.Errorf("left: %v", w.files())
		}
	})
	return at, bounced
}

// The schedule is a parabola: try n of a local recipient comes at (10n)².
func TestSchedule(t *testing.T) {
	at, bounced := tries(t, "u@here", 10000)
	want := []int64{0, 100, 400, 900, 1600, 2500, 3600, 4900, 6400, 8100, 10000, 12100}
	if !slices.Equal(at, want) || !bounced {
		t.Errorf("local: %v %v", at, bounced)
	}
	at, bounced = tries(t, "u@far", 10000)
	if want = []int64{0, 400, 1600, 3600, 6400, 10000, 14400}; !slices.Equal(at, want) || !bounced {
		t.Errorf("remote: %v %v", at, bounced)
	}
	at, _ = tries(t, "u@here", defaultLifetime)
	if len(at) != 79 || at[78] != 608400 {
		t.Errorf("a week: %d tries, the last at %d", len(at), at[len(at)-1])
	}
}

func TestAlarmAndRestart(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.answer = func(_, _ string) string { return "Zlater\n" }
		w.put("mess", 7, "x", 0)
		w.put("info", 7, "Fa@b\x00", 1000*time.Second)
		w.put("local", 7, "Tu@here\x00", 0)
		birth := time.Now().Unix() - 1000
		w.start()
		synctest.Wait()
		w.stop()
		fi, err := os.Stat(w.q.Path("local", 7))
		if err != nil || fi.ModTime().Unix() != send.NextTry(birth, birth+1000, send.Local) {
			t.Fatalf("%v %v", fi.ModTime().Unix()-birth, err)
		}
		w.start() // not due
		synctest.Wait()
		if len(w.requests()) != 1 {
			t.Fatalf("%q", w.requests())
		}
		w.l.post(w.l.runNow)
		synctest.Wait()
		if len(w.requests()) != 2 {
			t.Fatalf("%q", w.requests())
		}
		w.stop()
	})
}

// At most so many messages of a channel are open at once as there may be
// deliveries of both.
func TestJobLimit(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.limit = [send.Channels]int{2, 1}
		w.answer = func(_, _ string) string { return "" }
		for id := range queue.ID(6) {
			w.queued(100+id, "a@b", "u@here", "u@far")
		}
		w.start()
		synctest.Wait()
		w.l.post(func() {
			if w.l.jobs > 3 || w.l.channels[send.Local].used != 2 || w.l.channels[send.Remote].used > 1 {
				t.Errorf("%d jobs, %d local, %d remote", w.l.jobs, w.l.channels[send.Local].used, w.l.channels[send.Remote].used)
			}
		})
		w.mu.Lock()
		w.answer = nil
		w.mu.Unlock()
		w.release("K")
		synctest.Wait()
		if files := w.files(); len(files) != 0 {
			t.Errorf("left: %v", files)
		}
		w.stop()
	})
}

func TestMarks(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.answer = func(_, recipient string) string {
			return map[string]string{"a@here": "K", "b@here": "Zlater\n", "c@here": "Dno\n"}[recipient]
		}
		w.queued(100, "s@h", "a@here", "b@here", "c@here")
		w.start()
		synctest.Wait()
		if got := w.read("local", 100); got != "Da@here\x00Tb@here\x00Dc@here\x00" {
			t.Errorf("%q", got)
		}
		if got := w.read("bounce", 100); got != "<c@here>:\nno\n\n" {
			t.Errorf("%q", got)
		}
		w.stop()
	})
}

// An old message without info and todo is left alone while it is being sorted,
// and while its removal is asked for.
func TestStrayBusy(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.start()
		synctest.Wait()
		w.put("mess", 7, "x", (ossified+60)*time.Second)
		w.l.post(func() {
			w.l.todo.inFlight[7] = struct{}{}
			w.l.removeStray(7)
			delete(w.l.todo.inFlight, 7)
			w.l.clean.busy[7] = struct{}{}
			w.l.removeStray(7)
			delete(w.l.clean.busy, 7)
		})
		synctest.Wait()
		if asked := w.requests(); len(asked) != 0 {
			t.Errorf("%q", asked)
		}
		w.l.post(func() { w.l.removeStray(7) })
		w.stop()
		if asked := w.requests(); !slices.Equal(asked, []string{"clean foop/7"}) {
			t.Errorf("%q", asked)
		}
	})
}

// TERM waits for a bounce that is being queued, and starts no delivery.
func TestTerm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.limit[send.Local] = 1
		begun, resume := make(chan struct{}), make(chan struct{})
		w.put("mess", 7, "x", 0)
		w.put("info", 7, "Fa@b\x00", 0)
		w.put("bounce", 7, "<u@here>:\nno\n\n", 0)
		w.answer = func(_, _ string) string { return "" }
		w.queued(100, "s@h", "a@here", "b@here")
		w.injecting = func() {
			close(begun)
			<-resume
		}
		w.start()
		<-begun
		synctest.Wait()
		w.l.post(func() { w.l.exiting = true })
		w.queued(200, "s@h", "a@here")
		synctest.Wait()
		w.release("K")
		synctest.Wait()
		select {
		case <-w.end:
			t.Fatal("did not wait for the bounce")
		default:
		}
		close(resume)
		<-w.end
		w.wantLog("status: local 0/1 remote 0/20", "new msg 100", "info msg 100: bytes 15 from <s@h> qp 999 uid 1000",
			"starting delivery 1: msg 100 to local a@here", "status: local 1/1 remote 0/20", "delivery 1: success: ",
			"status: local 0/1 remote 0/20 exitasap", "bounce msg 7 qp 7", "end msg 7", "status: exiting")
		if got := w.read("local", 100); got != "Da@here\x00Tb@here\x00" {
			t.Errorf("%q", got)
		}
	})
}

// A full pipe to a spawner stops nothing else.
func TestFullPipe(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.queued(100, "s@h", "a@here", "b@here", "a@far")
		w.start()
		slow := &slowWire{wire: w.l.channels[send.Local].out, room: make(chan struct{})}
		w.l.post(func() { w.l.channels[send.Local].out = slow })
		synctest.Wait()
		if asked := w.requests(); !slices.Equal(asked, []string{"clean todo/100", "remote 0 1/100 s@h a@far"}) {
			t.Errorf("%q", asked)
		}
		close(slow.room)
		synctest.Wait()
		w.stop()
		if len(w.files()) != 0 {
			t.Errorf("%v", w.files())
		}
	})
}

// slowWire takes three bytes of a request and makes the rest wait.
type slowWire struct {
	wire
	room chan struct{}
}

func (s *slowWire) TryWrite(b []byte) (int, error) { return s.wire.TryWrite(b[:3]) }

func (s *slowWire) Write(b []byte) (int, error) {
	<-s.room
	return s.wire.Write(b)
}
