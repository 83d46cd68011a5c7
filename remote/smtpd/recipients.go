package smtpd

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"qmailkit/internal/cdb"
	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
)

// recipientRule is a line of s/qmail's control/recipients.
type recipientRule struct {
	domain  string      // "" is any, "@host" that alone, "host" also what is below it
	table   *cdb.Reader // of addresses
	program []string    // like checkpassword, asked for an address
	accept  bool        // all are valid: "!host", "!*"
	last    bool        // it is "!*": for who is at none of the hosts before
}

// judgeFiles goes through the lines in their order.
func (v *Valid) judgeFiles(address string) (verdict, error) {
	if !v.hasFiles {
		return unknown, nil
	}
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		at = len(address)
		address += "@localhost"
	}
	covered := false // by a line for some hosts only
	for _, rule := range v.files {
		if rule.last {
			if !covered {
				return valid, nil
			}
			continue
		}
		if !rule.covers(address[at+1:]) {
			continue
		}
		if rule.accept {
			return valid, nil
		}
		covered = covered || rule.domain != ""
		if found, err := rule.has(v, address); found || err != nil {
			return valid, err
		}
	}
	return invalid, nil
}

// has asks the table or the program of a line for the address, and for that of
// the user or list whose extension it is.
func (r recipientRule) has(v *Valid, address string) (found bool, err error) {
	for _, key := range extensionKeys(address) {
		if len(r.program) > 0 {
			found, err = v.run(r.program, key)
		} else {
			found, err = r.find(key)
		}
		if found || err != nil {
			return found, err
		}
	}
	return false, nil
}

// find looks for an address as it stands, and in fastforward's form.
func (r recipientRule) find(address string) (bool, error) {
	_, found, err := r.table.Find([]byte(":" + address))
	if !found && err == nil {
		_, found, err = r.table.Find([]byte(address))
	}
	return found, err
}

func (r recipientRule) covers(host string) bool {
	if name, exact := strings.CutPrefix(r.domain, "@"); exact {
		return host == name
	}
	return r.domain == "" || below(host, r.domain)
}

// extensionKeys are "list-joe=example.org@h", then "list-@h", the entry for all
// that begins like that, and, where the extension holds the address of a
// subscriber, what is before each dash.
func extensionKeys(address string) []string {
	keys := []string{address}
	at := strings.LastIndexByte(address, '@')
	if dash := strings.IndexByte(address[:at], '-'); dash >= 0 {
		keys = append(keys, address[:dash+1]+address[at:])
	}
	if strings.Contains(address[:at], "=") {
		for dash := strings.LastIndexByte(address[:at], '-'); dash > 0; dash = strings.LastIndexByte(address[:dash], '-') {
			keys = append(keys, address[:dash]+address[at:])
		}
	}
	return keys
}

// recipients reads control/recipients.
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
	p := l.p
	v.run = func(program []string, address string) (bool, error) { return askRecipient(p, program, address) }
	for _, line := range lines {
		rule, err := l.recipientRule(v, line)
		if err != nil {
			return err
		}
		v.files = append(v.files, rule)
	}
	return nil
}

func (l *loader) recipientRule(v *Valid, line string) (rule recipientRule, err error) {
	if line == "!*" {
		return recipientRule{accept: true, last: true}, nil
	}
	if domain, all := strings.CutPrefix(line, "!"); all {
		return recipientRule{domain: control.Fold(domain), accept: true}, nil
	}
	domain, words, runs := strings.Cut(line, "|")
	if runs {
		if rule.program = strings.Fields(words); len(rule.program) == 0 {
			return rule, unusable("control/recipients: there is no program: " + line)
		}
	} else {
		file, found := "", false
		if domain, file, found = strings.Cut(line, ":"); !found {
			domain, file = "*", line
		}
		if rule.table, err = l.openTable(v, file); err != nil {
			return rule, err
		}
	}
	if domain != "*" {
		rule.domain = control.Fold(domain)
	}
	return rule, nil
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

var errRecipientProgram = errors.New("a program of control/recipients gives no answer")

// askRecipient has a program that is like checkpassword look for an address,
// which stands where it expects a user's name on descriptor 3. It exits 0 for
// one that there is and 111 where it cannot tell.
func askRecipient(p *cmd.Proc, program []string, address string) (bool, error) {
	null, err := os.OpenFile(nullDevice, os.O_RDWR, 0)
	if err != nil {
		return false, err
	}
	defer null.Close()
	r, w, err := os.Pipe()
	if err != nil {
		return false, err
	}
	defer w.Close()
	here := *p
	here.Dir = p.Home
	proc, err := child.StartWith(&here, program, null, null, p.Stderr, r)
	r.Close()
	if err != nil {
		return false, err
	}
	late := time.AfterFunc(checkTime, func() { proc.Kill() })
	defer late.Stop()
	// An address fits into a pipe. Who has read enough need not read all.
	w.WriteString(address + "\x00\x00\x00")
	w.Close()
	code, err := child.Wait(proc)
	if err == nil && code == cmd.ExitTemporary {
		err = errRecipientProgram
	}
	return err == nil && code == 0, err
}
