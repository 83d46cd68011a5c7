package smtpd

import "os"

// What patches of the C program act on and this one does not. Whoever moves an
// installation over must not learn it from the mail that comes in.
var (
	foreignFiles = [...]string{
		"dnsbllist", "rbllist", "spfbehavior", "smtpplugins", "policy", "postgrey", "goodrcptto", "badmailfrom-unknown",
		"badmimetypes.cdb", "badloadertypes.cdb",
	}
	foreignVariables = [...]string{
		"RCPTCHECK", "AUTH_CDB", "UCSPITLS", "SPFBEHAVIOR", "DNSBLLIST", "CHKUSER_START", "ENABLE_SPP",
		"HELOCHECK", "MFDNSCHECK", "MFCHECK", "BADMIMETYPE", "BADLOADERTYPE", "POSTGREY",
	}
)

// ignored finds what is asked for and not done.
func (l *loader) ignored() error {
	for _, file := range foreignFiles {
		if l.missing(file) {
			continue
		}
		if _, err := os.Lstat(l.p.InHome("control", file)); err == nil {
			l.policy.Ignored = append(l.policy.Ignored, "control/"+file)
		}
	}
	for _, name := range foreignVariables {
		if _, set := l.p.LookupEnv(name); set {
			l.policy.Ignored = append(l.policy.Ignored, "the variable "+name)
		}
	}
	return nil
}
