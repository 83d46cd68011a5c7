package main

import (
	"os"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"qmailkit/send"
)

// startAble runs a loop that knows qmail-clean to be able to remove files.
func (w *world) startAble() {
	w.start()
	w.l.post(func() { w.l.clean.able = true })
	synctest.Wait()
}

func TestStraight(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.answer = func(_, _ string) string { return "" }
		w.startAble()
		w.queued(100, "a@b", "u@here", "w@far")
		synctest.Wait()
		if got := w.files(); !slices.Equal(got, []string{"mess/1/100", "todo/100"}) {
			t.Errorf("under way: %v", got)
		}
		w.release("Kok\n")
		synctest.Wait()
		if got := w.files(); len(got) != 0 {
			t.Errorf("left: %v", got)
		}
		w.stop()
		w.wantLog("status: local 0/10 remote 0/20", "new msg 100", "info msg 100: bytes 15 from <a@b> qp 999 uid 1000",
			"starting delivery 1: msg 100 to local u@here", "status: local 1/10 remote 0/20",
			"starting delivery 2: msg 100 to remote w@far", "status: local 1/10 remote 1/20",
			"delivery 1: success: ok/", "status: local 0/10 remote 1/20",
			"delivery 2: success: ok/", "status: local 0/10 remote 0/20", "end msg 100", "status: exiting")
	})
}

// One has it, one waits, one failed: all of that is on disk, with the time at
// which the message came.
func TestStraightWrittenDown(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.answer = func(_, recipient string) string {
			return map[string]string{"a@here": "K", "b@here": "Zlater\n", "c@here": "Dno\n", "d@far": "K"}[recipient]
		}
		w.startAble()
		birth := time.Now().Unix()
		w.queued(100, "s@h", "a@here", "b@here", "c@here", "d@far")
		synctest.Wait()
		want := []string{"mess/1/100", "info/1/100", "local/1/100", "bounce/100"}
		if got := w.files(); !slices.Equal(got, want) {
			t.Errorf("%v", got)
		}
		if got := w.read("local", 100); got != "Da@here\x00Tb@here\x00Dc@here\x00" {
			t.Errorf("%q", got)
		}
		if fi, err := os.Stat(w.q.Path("info", 100)); err != nil || fi.ModTime().Unix() != birth {
			t.Errorf("%v %v, not %d", fi, err, birth)
		}
		w.stop()
		if fi, err := os.Stat(w.q.Path("local", 100)); err != nil || fi.ModTime().Unix() != send.NextTry(birth, birth, send.Local) {
			t.Errorf("next try: %v %v", fi, err)
		}
	})
}

// However long qmail-clean takes, a message ends once: when it has answered,
// its number may be that of a new message.
func TestStraightEndsOnce(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.startAble()
		w.cleanLate = 4 * patience * time.Second
		w.queued(100, "s@h", "a@here")
		time.Sleep(10 * patience * time.Second)
		var clean []string
		for _, r := range w.requests() {
			if strings.HasPrefix(r, "clean ") {
				clean = append(clean, r)
			}
		}
		if !slices.Equal(clean, []string{"clean todo/100", "clean foop/100"}) {
			t.Errorf("%q", clean)
		}
		w.stop()
		if ends := strings.Count(strings.Join(w.lines(), ""), "end msg 100\n"); ends != 1 {
			t.Errorf("%d ends", ends)
		}
	})
}

func TestStraightTakesLong(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.answer = func(_, recipient string) string { return map[string]string{"a@far": "K"}[recipient] }
		w.startAble()
		w.queued(100, "s@h", "a@far", "b@far")
		time.Sleep((patience + 1) * time.Second)
		if got := w.read("remote", 100) + strings.Join(w.files(), " "); got != "Da@far\x00Tb@far\x00mess/1/100 info/1/100 remote/1/100" {
			t.Errorf("%q", got)
		}
		w.release("K")
		synctest.Wait()
		if got := w.files(); len(got) != 0 {
			t.Errorf("left: %v", got)
		}
		w.stop()
	})
}

// At the end of qmail-send what was begun is written down; what was not stays
// in todo.
func TestStraightTerm(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.conf.limit[send.Local] = 1
		w.answer = func(_, _ string) string { return "" }
		w.startAble()
		w.queued(100, "s@h", "a@here", "b@here")
		synctest.Wait()
		w.queued(200, "s@h", "c@here")
		synctest.Wait()
		w.l.post(func() { w.l.exiting = true })
		w.release("K")
		<-w.end
		want := []string{"mess/1/100", "mess/2/200", "info/1/100", "local/1/100", "todo/200"}
		if got := w.files(); !slices.Equal(got, want) || w.read("local", 100) != "Da@here\x00Tb@here\x00" {
			t.Errorf("%v %q", got, w.read("local", 100))
		}
		if lines := w.lines(); strings.Contains(strings.Join(lines, ""), "warning") {
			t.Errorf("%q", lines)
		}
	})
}

// What cannot be written down is tried again, and nothing is delivered twice.
func TestStraightDiskFull(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.answer = func(_, recipient string) string {
			return map[string]string{"a@here": "K", "b@here": "Dno\n"}[recipient]
		}
		w.startAble()
		info := w.q.Root + "/" + w.q.Dirs("info")[1]
		if err := os.Remove(info); err != nil {
			t.Fatal(err)
		}
		w.queued(100, "s@h", "a@here", "b@here")
		time.Sleep(time.Minute)
		if err := os.Mkdir(info, 0o700); err != nil {
			t.Fatal(err)
		}
		time.Sleep(sleepHelp * time.Second)
		w.stop()
		deliveries := 0
		for _, asked := range w.requests() {
			if strings.HasPrefix(asked, "local ") {
				deliveries++
			}
		}
		if deliveries != 2 || len(w.files()) != 0 || !slices.Equal(w.bounced, []string{"s@h: <b@here>:\nno\n\n"}) {
			t.Errorf("%d deliveries, %v, %q", deliveries, w.files(), w.bounced)
		}
	})
}

// A qmail-clean that refuses: the message is not delivered again while
// qmail-send runs, and no other one is delivered before it is written.
func TestStraightCleanRefuses(t *testing.T) {
	bubble(t, func(t *testing.T) {
		w := newWorld(t, false)
		w.startAble()
		w.mu.Lock()
		w.cleanSays = func(string) string { return "!" }
		w.mu.Unlock()
		w.queued(100, "s@h", "a@here")
		synctest.Wait()
		w.queued(200, "s@h", "b@here")
		time.Sleep(time.Minute)
		w.mu.Lock()
		w.cleanSays = nil
		w.mu.Unlock()
		time.Sleep((sleepTodo + sleepHelp) * time.Second)
		w.stop()
		all := strings.Join(w.requests(), "\n")
		if strings.Count(all, "a@here") != 1 || strings.Count(all, "b@here") != 1 || len(w.files()) != 0 {
			t.Errorf("%s\n%v", all, w.files())
		}
	})
}

// qmail-clean fails while one recipient has the mail and another is to get it,
// and qmail-send is to end: it does, whatever comes of the other.
func TestStraightLeft(t *testing.T) {
	for _, report := range []string{"Kok\n", "Zlater\n", "Dno\n"} {
		bubble(t, func(t *testing.T) {
			w := newWorld(t, false)
			w.answer = func(_, recipient string) string { return map[string]string{"a@here": "K"}[recipient] }
			w.startAble()
			w.cleanSays = func(string) string { return "!" }
			w.queued(100, "s@h", "a@here", "b@here")
			synctest.Wait()
			w.l.post(func() { w.l.exiting = true })
			time.Sleep((patience + 1) * time.Second)
			w.release(report)
			<-w.end
			synctest.Wait()
			if got := w.files(); !slices.Contains(got, "todo/100") || !slices.Contains(got, "mess/1/100") {
				t.Errorf("%s: %v", report, got)
			}
		})
	}
}
