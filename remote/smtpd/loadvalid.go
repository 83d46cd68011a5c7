package smtpd

import (
	"errors"
	"io/fs"
	"path/filepath"

	"qmailkit/internal/cdb"
	"qmailkit/internal/control"
)

const (
	replyNoBox     = "550 sorry, no mailbox here by that name (#5.1.1)"
	replyNoBoxYet  = "450 sorry, no mailbox here by that name (#4.1.1)"
	validTableBads = 10 // how many unlisted recipients VALIDRCPTTO_CDB lets pass
)

// valid reads the lists of valid recipients.
func (l *loader) valid() error {
	v := &Valid{Reply: replyInvalid}
	lines, listed, err := l.path("VALIDRCPTTO", "validrcptto").read()
	if err != nil {
		return err
	}
	if listed {
		v.list = control.NewSet(lines)
	}
	if v.more, err = v.open(l.path("MOREVALIDRCPTTO_CDB", "morevalidrcptto.cdb").name); err != nil {
		return err
	}
	if v.table, err = v.open(l.path("VALIDRCPTTO_CDB", "validrcptto.cdb").name); err != nil {
		return err
	}
	if v.table != nil {
		l.policy.MaxUnlisted = validTableBads
		if n, digits := control.LeadingInt(l.p.Getenv("VALIDRCPTTO_LIMIT")); digits > 0 {
			l.policy.MaxUnlisted = n
		}
	}
	good, err := l.good(v)
	if err != nil {
		return err
	}
	if err := l.recipients(v); err != nil {
		return err
	}
	if listed || v.more != nil || v.table != nil || v.hasFiles || good {
		l.policy.Valid = v
	}
	return nil
}

// good reads goodrcptto and moregoodrcptto.cdb, which do not count for clients
// that ACCEPTCLIENT is set for.
func (l *loader) good(v *Valid) (there bool, err error) {
	if _, spared := l.p.LookupEnv("ACCEPTCLIENT"); spared {
		return false, nil
	}
	if v.moreGood, err = v.open(l.path("", "moregoodrcptto.cdb").name); err != nil {
		return false, err
	}
	if !l.missing("goodrcptto") {
		lines, ok, err := l.dir.Lines("goodrcptto")
		if err != nil {
			return false, err
		}
		if there = ok; ok {
			v.good = control.NewSet(lines)
		}
	}
	if there = there || v.moreGood != nil; there {
		v.Reply = replyNoBox
	}
	return there, nil
}

// path is a file that a variable may name instead of a control file; "" is
// none.
type path struct{ name string }

func (l *loader) path(variable, file string) path {
	if name := l.p.Getenv(variable); variable != "" && name != "" {
		if !filepath.IsAbs(name) {
			name = l.p.InHome(name)
		}
		return path{name}
	}
	if l.missing(file) {
		return path{}
	}
	return path{filepath.Join(string(l.dir), file)}
}

func (f path) read() ([]string, bool, error) {
	if f.name == "" {
		return nil, false, nil
	}
	return control.Dir(filepath.Dir(f.name)).Lines(filepath.Base(f.name))
}

// open returns nil for a file that is not there.
func (v *Valid) open(name string) (*cdb.Reader, error) {
	if name == "" {
		return nil, nil
	}
	table, err := cdb.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err == nil {
		v.closers = append(v.closers, table)
	}
	return table, err
}
