package smtpd

import (
	"strings"

	"qmailkit/internal/cdb"
	"qmailkit/internal/control"
)

// Valid is the recipients that there are: control/validrcptto and
// morevalidrcptto.cdb, the table of VALIDRCPTTO_CDB, control/recipients. They
// are asked in this order until one of them knows the recipient.
type Valid struct {
	Reply string // to a recipient that is not valid

	list      control.Map // of "user@host", "@host", "-user@host", "-@host"
	more      *cdb.Reader // the same, as keys
	table     *cdb.Reader // "user@host", "user-default@host", "@host"; data that begins with "-": not so
	files     []recipientRule
	closers   []*cdb.Reader
	hasFiles  bool // there is a control/recipients: who is not in it is invalid
	otherwise bool // all the same, whoever is in none of its files is valid
}

// recipientRule is a line of control/recipients.
type recipientRule struct {
	domain string      // "" is any, "@host" that alone, "host" also what is below it
	table  *cdb.Reader // of addresses; nil: all are valid
}

// What a list has to say of a recipient.
type verdict int

const (
	unknown verdict = iota
	valid
	invalid
)

// Close gives the files back.
func (v *Valid) Close() {
	if v == nil {
		return
	}
	for _, table := range v.closers {
		table.Close()
	}
}

func (v *Valid) judge(recipient string) (verdict, error) {
	address := control.Fold(recipient)
	for _, ask := range []func(string) (verdict, error){v.judgeListed, v.judgeTable, v.judgeFiles} {
		if found, err := ask(address); found != unknown || err != nil {
			return found, err
		}
	}
	return unknown, nil
}

// judgeListed lets an entry for the address win over one for its host, and
// one that accepts over one that refuses.
func (v *Valid) judgeListed(address string) (verdict, error) {
	if v.list == nil && v.more == nil {
		return unknown, nil
	}
	keys := []string{address}
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		keys = []string{address, "-" + address, address[at:], "-" + address[at:]}
	}
	for i, key := range keys {
		found := v.list.Has(key)
		if !found && v.more != nil {
			var err error
			if _, found, err = v.more.Find([]byte(key)); err != nil {
				return unknown, err
			}
		}
		if found {
			return valid + verdict(i%2), nil
		}
	}
	return unknown, nil
}

func (v *Valid) judgeTable(address string) (verdict, error) {
	if v.table == nil {
		return unknown, nil
	}
	for key := range tableKeys(address) {
		data, found, err := v.table.Find([]byte(key))
		switch {
		case err != nil:
			return unknown, err
		case found && strings.HasPrefix(string(data), "-"):
			return invalid, nil
		case found:
			return valid, nil
		}
	}
	return unknown, nil
}

// tableKeys yields "a-b@h", "a-default@h", "@h".
func tableKeys(address string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if !yield(address) {
			return
		}
		at := strings.LastIndexByte(address, '@')
		if at < 0 {
			return
		}
		for dash := strings.LastIndexByte(address[:at], '-'); dash >= 0; dash = strings.LastIndexByte(address[:dash], '-') {
			if !yield(address[:dash+1] + "default" + address[at:]) {
				return
			}
		}
		yield(address[at:])
	}
}

func (v *Valid) judgeFiles(address string) (verdict, error) {
	if !v.hasFiles {
		return unknown, nil
	}
	at := strings.LastIndexByte(address, '@')
	for _, rule := range v.files {
		if !rule.covers(address[at+1:]) {
			continue
		}
		if rule.table == nil {
			return valid, nil
		}
		for key := range verpKeys(address) {
			if _, found, err := rule.table.Find([]byte(key)); found || err != nil {
				return valid, err
			}
		}
	}
	if v.otherwise {
		return valid, nil
	}
	return invalid, nil
}

func (r recipientRule) covers(host string) bool {
	if name, exact := strings.CutPrefix(r.domain, "@"); exact {
		return host == name
	}
	return r.domain == "" || host == r.domain || strings.HasSuffix(host, "."+r.domain)
}

// verpKeys yields the address and, where its local part holds the address of a
// subscriber ("list-joe=example.org@h"), what is before each dash of it.
func verpKeys(address string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		if !yield(address) {
			return
		}
		at := strings.LastIndexByte(address, '@')
		if at < 0 || !strings.Contains(address[:at], "=") {
			return
		}
		for dash := strings.LastIndexByte(address[:at], '-'); dash > 0; dash = strings.LastIndexByte(address[:dash], '-') {
			if !yield(address[:dash] + address[at:]) {
				return
			}
		}
	}
}
