package inject

import (
	"qmailkit/internal/control"
	"qmailkit/internal/mess822"
)

// Rewriting reads the rules of rewriting(5) and the host for Message-ID, which
// they apply to as well. The rules come from the file own, where it is not
// empty and there is one, else from control/rewrite, else they are made of
// three names, each from the environment, its control file or control/me.
// lookup is that of the environment.
func Rewriting(dir control.Dir, own string, lookup func(variable string) (string, bool)) (rules mess822.Rules, idHost string, err error) {
	// As in Names, and before all others.
	me, known, err := dir.Line("me")
	if err != nil {
		return nil, "", err
	}
	get := func(name, variable, otherwise string) (value string) {
		if err != nil {
			return ""
		}
		if v, ok := lookup(variable); ok {
			return oneLine(v)
		}
		if known {
			otherwise = me
		}
		value, err = dir.LineOr(name, false, otherwise)
		return value
	}
	var lines []string
	found := false
	if own != "" {
		lines, found, err = control.Dir("").Lines(own)
	}
	if err == nil && !found {
		lines, found, err = dir.Lines("rewrite")
	}
	if found {
		rules = mess822.ParseRules(lines)
	} else {
		host := get("defaulthost", "QMAILDEFAULTHOST", "DEFAULTHOST")
		domain := get("defaultdomain", "QMAILDEFAULTDOMAIN", "DEFAULTDOMAIN")
		rules = mess822.DefaultRules(host, domain, get("plusdomain", "QMAILPLUSDOMAIN", "PLUSDOMAIN"))
	}
	idHost = rules.Host(get("idhost", "QMAILIDHOST", "IDHOST"))
	return rules, idHost, err
}
