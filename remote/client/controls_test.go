package client

import (
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/control"
	"qmailkit/internal/stamp"
	"qmailkit/remote"
)

// What is kept of the control files is what they say, whichever of them changes.
func TestKeep(t *testing.T) {
	home := t.TempDir()
	clitest.Files(t, home, map[string]string{"control/me": "me.example\n"})
	p, _ := clitest.Proc(t, "qmail-rspawn", clitest.World{Home: home, Now: time.Now().Add(time.Hour)}) // what is written here counts as old
	var settings stamp.Kept[remote.Settings]
	var mine stamp.Kept[remote.Mine]
	keep(&settings, p, remote.LoadSettings)
	keep(&mine, p, remote.LoadMine)
	dir := control.Dir(p.InHome("control"))
	for _, c := range []struct{ name, first, second string }{
		{"timeoutremote", "1", "22"}, {"timeoutconnect", "1", "22"}, {"helohost", "a", "bb"},
		{"authsenders", "a:b", "a:cc"}, {"qmtproutes", "a:b", "a:cc"}, {"smtproutes", "a:b", "a:cc"},
		{"senderip", "a:1.2.3.4", "a:1.2.3.45"}, {"domainips", "a:1.2.3.4", "a:1.2.3.45"},
		{"domainbindings", "a:1.2.3.4", "a:1.2.3.45"}, {"bindroutes6", "[::1]:[::2]", "[::1]:[::22]"}, {"outgoingip", "1.2.3.4", "1.2.3.45"},
		{"outgoingip.host", "a", "bb"}, {"helohostbyip", "1.2.3.4:a", "1.2.3.4:bb"},
		{"tlsdestinations", "a:", "a:|4"}, {"domaincerts", "a:b", "a:cc"},
		{"moreipme", "1.2.3.4", "1.2.3.45"}, {"notipme", "1.2.3.4", "1.2.3.45"},
	} {
		for _, text := range []string{c.first, c.second} {
			clitest.Files(t, home, map[string]string{"control/" + c.name: text + "\n"})
			tickOver(t, p.InHome("control"))
			wantSettings, err := remote.LoadSettings(dir)
			if err != nil {
				t.Fatal(err)
			}
			wantMine, err := remote.LoadMine(dir)
			if err != nil {
				t.Fatal(err)
			}
			for range 2 {
				if got, err := settings.Get(); err != nil || !reflect.DeepEqual(got, wantSettings) {
					t.Errorf("%s %s: %+v %v", c.name, text, got, err)
				}
				if got, err := mine.Get(); err != nil || !reflect.DeepEqual(got, wantMine) {
					t.Errorf("%s %s: %+v %v", c.name, text, got, err)
				}
			}
		}
	}
}

// tickOver leaves the folder with another time than it has had.
func tickOver(t *testing.T, dir string) {
	t.Helper()
	changed := func() time.Time {
		fi, err := os.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		return fi.ModTime()
	}
	for before := changed(); changed().Equal(before); {
		clitest.Files(t, dir, map[string]string{"new": ""})
		os.Remove(filepath.Join(dir, "new"))
	}
}
