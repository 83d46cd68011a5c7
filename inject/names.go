package inject

import (
	"qmailkit/internal/addr"
	"qmailkit/internal/control"
)

// Names reads the four names that complete a message (qmail-header(5)): from
// the environment, else the control files, else control/me. lookup is that of
// the environment. The error is a FieldError, or one of reading.
func Names(dir control.Dir, lookup func(variable string) (string, bool)) (rules *addr.Rules, idHost string, err error) {
	// Who cannot read control/me is not to guess: it may stand for any name.
	me, known, err := dir.Line("me")
	if err != nil {
		return nil, "", err
	}
	get := func(name, variable string) (string, error) {
		otherwise := name
		if known {
			otherwise = me
		}
		value, err := dir.LineOr(name, false, otherwise)
		if err != nil {
			return "", err
		}
		if v, ok := lookup(variable); ok {
			value = v
		}
		return value, nil
	}
	rules = &addr.Rules{}
	for _, part := range []struct {
		to                    *[]addr.Token
		start, name, variable string
	}{
		{&rules.Domain, ".", "defaultdomain", "QMAILDEFAULTDOMAIN"},
		{&rules.Host, "@", "defaulthost", "QMAILDEFAULTHOST"},
		{&rules.Plus, ".", "plusdomain", "QMAILPLUSDOMAIN"},
	} {
		value, err := get(part.name, part.variable)
		if err != nil {
			return nil, "", err
		}
		if *part.to, err = addr.Parse(part.start + value); err != nil {
			return nil, "", &FieldError{part.start + value}
		}
	}
	idHost, err = get("idhost", "QMAILIDHOST")
	return rules, idHost, err
}
