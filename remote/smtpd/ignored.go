package smtpd

import "os"

// What patches of the C program act on and this one does not. Whoever moves an
// installation over must not learn it from the mail that comes in.
var (
	foreignFiles = [...]string{
		"spfbehavior", "spfrules", "smtpplugins", "policy", "postgrey", // SPF, qmail-spp, eMPF, greylisting
		"badmimetypes.cdb", "badloadertypes.cdb", "mailfromrules.cdb", // s/qmail
		"badmailfrom-unknown", "goodmailfrom", "goodmailaddr", "relaymailfrom", // qmail-ldap
		"badmailpatterns", "badrcptpatterns", "goodrcptpatterns", "blackholedsender", "blackholedrcpt", "chkrcptdomains", // IndiMail
		"badhost", "badip", "nodnscheck", "spamignore", "earlytalkerdroptime",
	}
	foreignVariables = [...]string{
		"SPFBEHAVIOR", "SPF", "ENABLE_SPP", "SPPCONFFILE", "CHKUSER_START", "POSTGREY", "SURBL", "QMAILRRTDENYALL",
		"BADMIMETYPE", "BADLOADERTYPE", "BASE64", "QHPSI", "LOCALMFCHECK", "DELIVERTO", "REPLYMAV", // s/qmail
		"SANITYCHECK", "SENDERCHECK", "BADRCPTDELAY", "REJECTEXEC", "NOBOUNCE", "SMTP550DISCONNECT", "AUTHREQUIRED", "AUTHPREPEND", // qmail-ldap
		"QMAILSMTPD_HELP_VERSION", // jms1
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
	_, asked := l.p.LookupEnv("RBL")
	if !asked && l.present["rbllist"] {
		l.policy.Ignored = append(l.policy.Ignored, "control/rbllist without the variable RBL")
	}
	return nil
}
