package smtpd

import (
	"strconv"
	"strings"
)

const (
	replyOK       = "250 ok"
	replyFlushed  = "250 flushed"
	replyHelp     = "214 notqmail home page: https://notqmail.org"
	replyVerify   = "252 send some mail, i'll try my best"
	replyUnknown  = "502 unimplemented (#5.5.1)"
	replySyntax   = "555 syntax error (#5.5.4)"
	replyWantMail = "503 MAIL first (#5.5.1)"
	replyWantRcpt = "503 RCPT first (#5.5.1)"
	replyInBDAT   = "503 the message has begun, BDAT or RSET (#5.5.1)"
)

// command serves one command. Its error ends the session.
func (s *Session) command() error {
	line, err := s.line()
	if err == errLine {
		return s.cutOff(replyLineSize)
	}
	if err != nil {
		return err
	}
	verb, arg, nul := split(line)
	s.verb = verb
	if s.idle++; s.idle > maxIdle {
		return s.cutOff(replyIdle)
	}
	if err := s.obey(verb, arg, nul); err != nil {
		return err
	}
	if s.faults >= maxFaults {
		return s.cutOff(replyFaults)
	}
	return nil
}

// split takes a command apart at its first spaces. A NUL ends it, but what it
// cuts off must not go unnoticed where it matters.
func split(line string) (verb, arg string, nul bool) {
	line, _, nul = strings.Cut(line, "\x00")
	verb, arg, _ = strings.Cut(line, " ")
	return strings.ToLower(verb), strings.TrimLeft(arg, " "), nul
}

func (s *Session) obey(verb, arg string, nul bool) error {
	switch verb {
	case "mail":
		return s.mail(arg, nul)
	case "rcpt":
		return s.rcpt(arg, nul)
	case "data":
		return s.data()
	case "bdat":
		return s.bdat(arg)
	case "helo":
		s.esmtp = false
		s.greeted(arg)
		s.reply("250 " + s.Policy.Greeting)
	case "ehlo":
		s.esmtp = true
		s.greeted(arg)
		s.ehlo()
	case "rset":
		s.forget()
		s.reply(replyFlushed)
	case "noop":
		s.reply(replyOK)
	case "vrfy":
		s.reply(replyVerify)
	case "help":
		s.reply(replyHelp)
	case "quit":
		s.reply("221 " + s.Policy.Greeting)
		return errQuit
	case "starttls":
		return s.startTLS(arg)
	case "auth":
		return s.auth(arg)
	default:
		s.fault(replyUnknown)
	}
	return nil
}

// fault answers a command that is wrong.
func (s *Session) fault(line string) {
	s.faults++
	s.reply(line)
}

// greeted ends a transaction, RFC 5321 4.1.4.
func (s *Session) greeted(name string) {
	s.forget()
	if !s.Client.Greeted || name != s.Client.Helo {
		s.helo = nil
	}
	s.Client.Helo, s.Client.Greeted = name, true
	s.heloGiven = !strings.EqualFold(name, s.Client.Peer.RemoteHost)
}

// ehlo names what this server can do. Codes as RFC 2034 has them would be
// another reply than always, and for what a client asks for with DSN the queue
// has no place, so these two must have been asked for.
func (s *Session) ehlo() {
	keywords := []string{s.Policy.Greeting, "PIPELINING", "8BITMIME", "SIZE " + strconv.Itoa(s.Policy.DataBytes), "SMTPUTF8"}
	if s.Policy.StartTLS != nil && !s.Client.Secure {
		keywords = append(keywords, "STARTTLS")
	}
	if names := s.mechanisms(); len(names) > 0 {
		keywords = append(keywords, "AUTH "+strings.Join(names, " "))
	}
	if s.Policy.Enhanced {
		keywords = append(keywords, "ENHANCEDSTATUSCODES")
	}
	if s.Policy.DSN {
		keywords = append(keywords, "DSN")
	}
	for _, keyword := range keywords {
		s.reply("250-" + keyword)
	}
	s.reply("250 CHUNKING")
}

// mail begins a transaction. One that is refused ends the one before too.
func (s *Session) mail(arg string, nul bool) error {
	if s.chunks != nil {
		s.fault(replyInBDAT)
		return nil
	}
	s.forget()
	sender, rest, err := s.address(arg, nul)
	if err != nil {
		return s.addressFault(err)
	}
	asked, ok := mailParameters(rest)
	if !ok {
		s.fault(replySyntax)
		return nil
	}
	if limit := s.Policy.DataBytes; limit > 0 && asked.size > int64(limit) {
		s.reply(replyTooBig)
		return nil
	}
	s.Client.Sender, s.Client.UTF8 = sender, asked.utf8
	if line := s.Policy.objectToMail(&s.Client); line != "" {
		return s.answer(line)
	}
	s.refusal = s.refuseSender()
	s.inMail = true
	s.logMail()
	s.reply(replyOK)
	return nil
}

// rcpt adds a recipient.
func (s *Session) rcpt(arg string, nul bool) error {
	s.idle--
	switch {
	case s.chunks != nil:
		s.fault(replyInBDAT)
		return nil
	case !s.inMail:
		s.fault(replyWantMail)
		return nil
	}
	recipient, rest, err := s.address(arg, nul)
	if err != nil {
		return s.addressFault(err)
	}
	if !rcptParameters(rest) {
		s.fault(replySyntax)
		return nil
	}
	s.tarpit()
	s.logRcpt(recipient)
	line := s.refuseRecipient(recipient)
	if line == "" && !s.rcpts.add(recipient+s.suffix()) {
		line = replyTooMany
	}
	if line == "" {
		s.Client.Recipients++
		s.reply(replyOK)
		return nil
	}
	if s.refused++; s.refused > maxRefused {
		return s.cutOff(replyFaults)
	}
	return s.answer(line)
}

func (s *Session) suffix() string {
	if s.Client.Relay {
		return s.Client.RelaySuffix
	}
	return ""
}

// addressFault answers an address that cannot be used.
func (s *Session) addressFault(err error) error {
	if err != errAddress {
		return s.cutOff(replyNoIPs)
	}
	s.fault(replySyntax)
	return nil
}

// forget ends the transaction.
func (s *Session) forget() {
	if s.chunks != nil {
		s.chunks.abandon()
		s.chunks = nil
	}
	s.inMail, s.refusal, s.askedRcpts, s.rcpts = false, "", 0, recipients{}
	s.Client.Sender, s.Client.UTF8, s.Client.Recipients = "", false, 0
}
