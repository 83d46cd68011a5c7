package smtpd

import (
	"strings"

	"qmailkit/internal/cdb"
	"qmailkit/internal/control"
)

// Valid is the recipients that there are: control/validrcptto and
// morevalidrcptto.cdb, the table of VALIDRCPTTO_CDB, control/goodrcptto and
// moregoodrcptto.cdb, control/recipients. They are asked in this order until
// one of them knows the recipient.
type Valid struct {
	Reply string // to a recipient that is not valid

	list     control.Map // of "user@host", "@host", "-user@host", "-@host"
	more     *cdb.Reader // the same, as keys
	table    *cdb.Reader // "user@host", "user-default@host", "@host"; data that begins with "-": not so
	good     control.Map // "user@host", "@host"
	moreGood *cdb.Reader // the same, as keys
	files    []recipientRule
	hasFiles bool // there is a control/recipients: who is not in it is invalid
	closers  []*cdb.Reader
	run      func(program []string, address string) (found bool, err error)
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

// closed tells whether nobody else is asked of a recipient that no list knows.
func (v *Valid) closed() bool { return v.table != nil || v.good != nil || v.moreGood != nil }

func (v *Valid) judge(recipient string) (verdict, error) {
	address := control.Fold(recipient)
	for _, ask := range []func(string) (verdict, error){v.judgeListed, v.judgeTable, v.judgeGood, v.judgeFiles} {
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

// judgeGood looks in goodrcptto and moregoodrcptto.cdb.
func (v *Valid) judgeGood(address string) (verdict, error) {
	keys := []string{address}
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		keys = append(keys, address[at:])
	}
	for _, key := range keys {
		if v.good.Has(key) {
			return valid, nil
		}
		if v.moreGood == nil {
			continue
		}
		if _, found, err := v.moreGood.Find([]byte(key)); found || err != nil {
			return valid, err
		}
	}
	return unknown, nil
}
