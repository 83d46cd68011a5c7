package smtpd

// Logging is what the log is told of besides what the lists of clients say.
type Logging struct {
	Mail  bool // senders
	Rcpt  bool // recipients
	Valid bool // what the lists of valid recipients say
	Lists bool // what is refused by badmailfrom and its like, and by which line
}

// logging loads the variables of the jms1 and qregex patches.
func (l *loader) logging() error {
	on := func(name string) bool {
		n, _ := l.number("", name)
		return n > 0
	}
	_, lists := l.p.LookupEnv("LOGREGEX")
	l.policy.Logging = Logging{Mail: on("QMAILSMTPD_LOG_MAIL"), Rcpt: on("QMAILSMTPD_LOG_RCPT"), Valid: on("VALIDRCPTTO_LOG"), Lists: lists}
	return nil
}

func (s *Session) logMail() {
	if s.Policy.Logging.Mail {
		s.Client.say("MAIL FROM:<" + s.Client.Sender + ">")
	}
}

func (s *Session) logRcpt(recipient string) {
	if s.Policy.Logging.Rcpt {
		s.Client.say("RCPT TO:<" + recipient + ">")
	}
}

func (s *Session) logValid(v verdict, recipient string) {
	if s.Policy.Logging.Valid {
		word := [...]string{unknown: "not found", valid: "found", invalid: "reject"}[v]
		s.Client.say("validrcptto [" + s.Client.Peer.RemoteIP + "] " + word + ": " + recipient)
	}
}

// logListed tells by which line of file what is refused.
func (p *Policy) logListed(c *Client, file, what string, l *List) {
	if !p.Logging.Lists {
		return
	}
	text := file + ": <" + what + "> at " + c.Peer.RemoteIP
	if line := l.line(what); line != "" {
		text += " matches pattern: " + line
	}
	c.say(text)
}
