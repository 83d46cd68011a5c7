package smtpd

import (
	"os"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/sys"
)

// Every change of the folder shows, whether it was long ago or a moment.
func TestListing(t *testing.T) {
	dir := t.TempDir()
	clitest.Files(t, dir, map[string]string{"me": ""})
	var l Listing
	for _, later := range []time.Duration{0, time.Minute} {
		now := func() time.Time { return time.Now().Add(later) }
		has := func(name string) bool {
			t.Helper()
			present := l.names(dir, now)
			if again := l.names(dir, now); again[name] != present[name] || !present["me"] {
				t.Errorf("%v, then %v", present, again)
			}
			return present[name]
		}
		if has("badmailfrom") {
			t.Error("there is none")
		}
		clitest.Files(t, dir, map[string]string{"badmailfrom": ""})
		fi, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		if known := l.folder; known != nil && sys.ChangeTime(fi).Equal(sys.ChangeTime(known)) {
			t.Skip("the clock of this file system is too coarse for a test without a pause")
		}
		if !has("badmailfrom") {
			t.Error("a new file is not seen")
		}
		os.Chtimes(dir, time.Unix(1, 0), time.Unix(1, 0))
		os.Remove(dir + "/badmailfrom")
		os.Chtimes(dir, time.Unix(1, 0), time.Unix(1, 0))
		if kept := l.folder != nil; kept != (later > 0) {
			t.Errorf("%v after the last change: kept %v", later, kept)
		}
	}
	other := t.TempDir()
	if l.names(other, time.Now)["me"] {
		t.Error("another folder's files")
	}
	if l.names(other+"/none", time.Now) != nil {
		t.Error("a folder that is not there is empty")
	}
}

// Policies of one process, and a control file that comes and goes between them.
func TestListingShared(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "mx.example\n", "control/rcpthosts": "here.example\n"})
	p, _ := clitest.Proc(t, "qmail-smtpd", clitest.World{Home: home})
	parts := Parts{Listing: &Listing{}}
	for _, text := range []string{"", "one.example\n", ""} {
		os.Remove(home + "/control/smtpgreeting")
		if text != "" {
			clitest.Files(t, home, map[string]string{"control/smtpgreeting": text})
		}
		want := text
		if want == "" {
			want = "mx.example\n"
		}
		policy, err := Load(p, parts)
		if err != nil {
			t.Fatal(err)
		}
		if policy.Greeting+"\n" != want {
			t.Errorf("%q, want %q", policy.Greeting, want)
		}
		policy.Close()
	}
}
