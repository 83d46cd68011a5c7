package tcpto

import (
	"os"
	"testing"
	"time"

	"qmailkit/internal/lock"
)

// A table that nobody has written to is not read, nor locked, again.
func TestKeep(t *testing.T) {
	tab := table(t, Size)
	tab.Fail(one, start)
	tab.Fail(one, start.Add(again*time.Second))
	k := tab.Keep(func() time.Time { return time.Now().Add(time.Hour) }) // what is written here counts as old
	rests := func() bool {
		resting, listed := k.Resting(one, start, 0)
		return resting && listed
	}
	if !rests() {
		t.Error("not read")
	}
	f, err := os.Open(string(tab))
	if err != nil {
		t.Fatal(err)
	}
	if err := lock.Exclusive(f); err != nil {
		t.Fatal(err)
	}
	if !rests() { // without waiting for the lock
		t.Error("not kept")
	}
	f.Close()
	if err := os.WriteFile(string(tab), make([]byte, 2*Size), 0o644); err != nil {
		t.Fatal(err)
	}
	if rests() {
		t.Error("not read again")
	}
	if err := os.Remove(string(tab)); err != nil {
		t.Fatal(err)
	}
	if rests() {
		t.Error("a table that is gone")
	}
}

// By the clock as it is what was just written is read each time.
func TestKeepWritten(t *testing.T) {
	tab := table(t, Size)
	k := tab.Keep(time.Now)
	for n, want := range []bool{false, false, true} {
		if resting, _ := k.Resting(one, start.Add(again*time.Second), 0); resting != want {
			t.Errorf("after %d time-outs: %v", n, resting)
		}
		k.Fail(one, start.Add(time.Duration(n*again)*time.Second))
	}
	k.Clear(one)
	if resting, _ := k.Resting(one, start, 0); resting {
		t.Error("after an answer")
	}
}
