package front

import (
	"strings"

	"qmailkit/remote/smtpd"
)

// What a variable's name begins with that is set, or not set any more, for a
// client that has shown who it is (jms1).
const (
	setPrefix   = "AUTH_SET_"
	unsetPrefix = "AUTH_UNSET_"
)

// LoggedIn has the environment say of the client what AUTH_SET_ and AUTH_UNSET_
// want and what variables, "NAME=value", say besides; and the policy be that of
// this environment. The error is one of smtpd.Load.
func (a *Access) LoggedIn(login *smtpd.Login, variables []string) error {
	p := *a.Proc
	changed := false
	for _, entry := range a.Proc.Env {
		name, value, _ := strings.Cut(entry, "=")
		if plain, found := strings.CutPrefix(name, setPrefix); found {
			p.Unsetenv(name)
			p.Setenv(plain, value)
			changed = true
		} else if plain, found := strings.CutPrefix(name, unsetPrefix); found {
			p.Unsetenv(name)
			p.Unsetenv(plain)
			changed = true
		}
	}
	for _, entry := range variables {
		name, value, _ := strings.Cut(entry, "=")
		p.Setenv(name, value)
		changed = true
	}
	if !changed {
		return nil
	}
	policy, err := smtpd.Load(&p, a.parts.Policy)
	if err != nil {
		return err
	}
	a.later = append(a.later, policy)
	a.apply(policy)
	checkRecipients(policy, p.Home)
	login.Proc, login.Policy = &p, policy
	return nil
}

// closePolicies gives back what LoggedIn has opened.
func (a *Access) closePolicies() {
	for _, policy := range a.later {
		policy.Close()
	}
}
