package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"qmailkit/internal/clitest"
	"qmailkit/internal/home"
	"qmailkit/internal/killtest"
	"qmailkit/internal/queuewire"
)

// The messages of spareClient, each of which is its recipient. The third gets the
// file that the first one's envelope was in.
var spareMessages = []string{"the first of them", "second", "third"}

// spareClient hands messages to a qmail-queued that is never without another
// client, and does to the first what qmail-clean does when it leaves todo. It
// returns those of the others that are queued.
func (w *world) spareClient(ended chan struct{}) (acknowledged []string) {
	path := home.Socket(w.home, queuewire.Socket)
	held := dialUntil(path, ended)
	if held == nil {
		return nil
	}
	defer stop(path)
	defer held.Close()
	held.Message(make([]byte, 100000))
	for i, text := range spareMessages {
		c, err := queuewire.Dial(path)
		if err != nil || !hand(c, text, "Fa@b\x00T"+text+"\x00\x00") {
			continue
		}
		if i > 0 {
			acknowledged = append(acknowledged, text)
			continue
		}
		for _, name := range w.files() {
			if strings.HasPrefix(name, "intd/") || strings.HasPrefix(name, "todo/") {
				os.Remove(w.home + "/queue/" + name)
			}
		}
	}
	return acknowledged
}

// entries returns the messages in the queue, and complains of each that has not its
// own recipient.
func (w *world) entries(when string) (texts []string) {
	for _, name := range w.files() {
		id, queued := strings.CutPrefix(name, "todo/")
		if !queued {
			continue
		}
		names, _ := filepath.Glob(w.home + "/queue/mess/*/" + id)
		if len(names) != 1 {
			w.t.Errorf("%s: %s has the messages %q", when, name, names)
			continue
		}
		_, text, _ := strings.Cut(clitest.Read(w.t, names[0]), "\n")
		if todo := clitest.Read(w.t, w.home+"/queue/"+name); !strings.HasSuffix(todo, "\x00Fa@b\x00T"+text+"\x00") || text == "" {
			w.t.Errorf("%s: the entry of %q holds %q", when, text, todo)
		}
		texts = append(texts, text)
	}
	return texts
}

// Killed, or without room on the disk, at any system call, a qmail-queued that
// writes envelopes over old ones gives no message another's recipients, and loses
// none.
func TestSparesKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	w := newWorld(t)
	calls := []string{"openat", "linkat", "write", "ftruncate", "fsync"}
	for _, fault := range []string{killtest.Kill, killtest.Fail("ENOSPC")} {
		var ended chan struct{}
		var acknowledged chan []string
		runs, all := 0, 0
		killtest.Walk(t, fault, calls, func() *exec.Cmd {
			w.empty()
			over, told := make(chan struct{}), make(chan []string, 1)
			ended, acknowledged = over, told
			cmd := w.queuedCommand()
			go func() { told <- w.spareClient(over) }()
			return cmd
		}, func(at killtest.Point, err error) {
			close(ended)
			told := <-acknowledged
			texts := w.entries(fault + " at " + at.String())
			for _, text := range told {
				if !slices.Contains(texts, text) {
					t.Errorf("%s at %s: %q is lost, there are %q", fault, at, text, texts)
				}
			}
			runs++
			if len(told) == 2 {
				all++
			}
		})
		t.Logf("%s: %d runs, %d with all messages acknowledged", fault, runs, all)
		if all == 0 || all == runs {
			t.Errorf("%s: %d runs, %d with all messages acknowledged: nothing was tested", fault, runs, all)
		}
	}
}
