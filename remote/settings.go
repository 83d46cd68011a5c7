package remote

import (
	"errors"
	"time"

	"qmailkit/internal/control"
)

// Settings is what the control files say about remote deliveries.
type Settings struct {
	HeloHost       string        // control/helohost
	Routes         Routes        // control/smtproutes
	ConnectTimeout time.Duration // control/timeoutconnect
	Timeout        time.Duration // control/timeoutremote: for each answer
}

const (
	defaultConnectTimeout = 60   // seconds
	defaultTimeout        = 1200 // seconds
)

var errNoName = errors.New("neither helohost nor me")

// LoadSettings reads the control files in dir. It is an error if there is
// neither a helohost nor a me.
func LoadSettings(dir control.Dir) (Settings, error) {
	var s Settings
	var err error
	if s.Timeout, err = seconds(dir, "timeoutremote", defaultTimeout); err != nil {
		return s, err
	}
	if s.ConnectTimeout, err = seconds(dir, "timeoutconnect", defaultConnectTimeout); err != nil {
		return s, err
	}
	me, haveMe, err := dir.Line("me")
	if err != nil {
		return s, err
	}
	helo, have, err := dir.Line("helohost")
	if err != nil {
		return s, err
	}
	switch {
	case have:
		s.HeloHost = helo
	case haveMe:
		s.HeloHost = me
	default:
		return s, errNoName
	}
	lines, _, err := dir.Lines("smtproutes")
	if err != nil {
		return s, err
	}
	s.Routes = NewRoutes(lines)
	return s, nil
}

func seconds(dir control.Dir, name string, def int) (time.Duration, error) {
	n, ok, err := dir.Int(name)
	if !ok {
		n = def
	}
	return time.Duration(n) * time.Second, err
}
