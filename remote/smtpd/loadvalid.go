package smtpd

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"

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
	if err := l.recipients(v); err != nil {
		return err
	}
	if listed || v.more != nil || v.table != nil || v.hasFiles {
		l.policy.Valid = v
	}
	return nil
}

// path is a file that a variable may name instead of a control file; "" is
// none.
type path struct{ name string }

func (l *loader) path(variable, file string) path {
	if name := l.p.Getenv(variable); name != "" {
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

// recipients reads control/recipients, as s/qmail has it. Its programs are
// not run here, and a line that names one must not go unnoticed.
func (l *loader) recipients(v *Valid) error {
	if l.missing("recipients") {
		return nil
	}
	lines, ok, err := l.dir.Lines("recipients")
	if err != nil || !ok {
		return err
	}
	v.hasFiles, v.Reply = true, replyNoBox
	if l.flag("RECIPIENTS450") {
		v.Reply = replyNoBoxYet
	}
	for _, line := range lines {
		if strings.Contains(line, "|") {
			return unusable("control/recipients: programs are not supported: " + line)
		}
		if line == "!*" {
			v.otherwise = true
			continue
		}
		if domain, all := strings.CutPrefix(line, "!"); all {
			v.files = append(v.files, recipientRule{domain: control.Fold(domain)})
			continue
		}
		domain, file, found := strings.Cut(line, ":")
		if !found {
			domain, file = "*", line
		}
		table, err := l.openTable(v, file)
		if err != nil {
			return err
		}
		if domain == "*" {
			domain = ""
		}
		v.files = append(v.files, recipientRule{control.Fold(domain), table})
	}
	return nil
}

// openTable looks for file in the home, in control/ and in users/.
func (l *loader) openTable(v *Valid, file string) (*cdb.Reader, error) {
	names := []string{file}
	if !filepath.IsAbs(file) {
		names = []string{l.p.InHome(file), l.p.InHome("control", file), l.p.InHome("users", file)}
	}
	for _, name := range names {
		if table, err := v.open(name); table != nil || err != nil {
			return table, err
		}
	}
	return nil, unusable("control/recipients: there is no " + file)
}
