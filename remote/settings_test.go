package remote

import (
	"testing"
	"time"

	"qmailkit/internal/clitest"
	"qmailkit/internal/control"
)

func TestLoadSettings(t *testing.T) {
	load := func(files map[string]string) (Settings, error) {
		dir := t.TempDir()
		clitest.Files(t, dir, files)
		return LoadSettings(control.Dir(dir))
	}
	s, err := load(map[string]string{"me": "me.example \n"})
	if err != nil || s.HeloHost != "me.example" || s.Timeout != 1200*time.Second || s.ConnectTimeout != time.Minute {
		t.Errorf("%+v %v", s, err)
	}
	s, err = load(map[string]string{"helohost": "h\n", "timeoutremote": "7\n", "timeoutconnect": "99999999999\n", "smtproutes": "# no\na:b\n"})
	if err != nil || s.HeloHost != "h" || s.Timeout != 7*time.Second || s.ConnectTimeout != control.MaxInt*time.Second {
		t.Errorf("%+v %v", s, err)
	}
	if r, _ := s.Routes.Find("a"); r.Relay != "b" {
		t.Errorf("%+v", r)
	}
	if _, err := load(nil); err == nil {
		t.Error("neither me nor helohost")
	}
	for _, name := range []string{"me", "helohost", "timeoutremote", "timeoutconnect", "smtproutes"} {
		files := map[string]string{"me": "m\n", "helohost": "h\n", name + "/": ""}
		if name == "me" || name == "helohost" {
			delete(files, name)
		}
		if _, err := load(files); err == nil {
			t.Errorf("%s is a folder", name)
		}
	}
}
