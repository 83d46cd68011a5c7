package remote

import (
	"errors"
	"time"

	"qmailkit/internal/control"
	"qmailkit/qmtp"
)

// Settings is what the control files say about remote deliveries. It is never
// written to once it is there, so that many deliveries may have it.
type Settings struct {
	HeloHost       string        // control/helohost
	Senders        Routes        // control/authsenders
	QMTPRoutes     Routes        // control/qmtproutes
	Routes         Routes        // control/smtproutes
	Sources        Sources       // control/senderip, domainips, domainbindings, bindroutes, outgoingip
	Demands        Demands       // control/tlsdestinations, domaincerts
	ConnectTimeout time.Duration // control/timeoutconnect
	Timeout        time.Duration // control/timeoutremote: for each answer
}

const (
	defaultConnectTimeout = 60   // seconds
	defaultTimeout        = 1200 // seconds
)

var errNoName = errors.New("neither helohost nor me")

// Controls is the folder of control files; control.Dir is one.
type Controls interface {
	Has(name string) bool
	Line(name string) (line string, ok bool, err error)
	Int(name string) (n int, ok bool, err error)
	Entries(name string) (list []control.Entry, ok bool, err error)
}

// LoadSettings reads the control files in dir. It is an error if there is
// neither a helohost nor a me. One of type *control.Error with a line is of a
// file that makes no sense.
func LoadSettings(dir Controls) (Settings, error) {
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
	if err := s.loadRoutes(dir); err != nil {
		return s, err
	}
	if s.Sources, err = loadSources(dir); err != nil {
		return s, err
	}
	s.Demands, err = loadDemands(dir)
	return s, err
}

// errUnknown is a file of IndiMail that sends mail to other hosts.
var errUnknown = errors.New("this file is not read here; its routes belong into smtproutes")

func (s *Settings) loadRoutes(dir Controls) error {
	if dir.Has("moresmtproutes.cdb") {
		return &control.Error{File: "control/moresmtproutes.cdb", Line: 1, Err: errUnknown}
	}
	for _, f := range []struct {
		name   string
		port   uint16
		routes *Routes
	}{
		{authSenders, DefaultPort, &s.Senders},
		{"qmtproutes", qmtp.Port, &s.QMTPRoutes},
		{"smtproutes", DefaultPort, &s.Routes},
	} {
		entries, _, err := dir.Entries(f.name)
		if err != nil {
			return err
		}
		*f.routes = NewRoutes(f.name, f.port, entries)
	}
	return nil
}

func seconds(dir Controls, name string, def int) (time.Duration, error) {
	n, ok, err := dir.Int(name)
	if !ok {
		n = def
	}
	return time.Duration(n) * time.Second, err
}
