package smtpd

import (
	"net/netip"
	"strings"
	"time"

	"qmailkit/internal/rcpthosts"
)

// Check judges an address. "" is no objection; anything else is the reply to
// the client, and ends the session if it begins with 421.
type Check func(c *Client, address string) (reply string)

// Policy is what a server does for a client and what not. Sessions only read
// it: many may have the same one.
type Policy struct {
	Greeting  string
	Relay     bool // every client may send to any recipient; otherwise those that log in
	DataBytes int  // the largest message, in bytes; 0 is no limit
	BareLF    bool // an LF without a CR before it is taken for a byte like any other

	Received func(now time.Time) string // the trace field of a message; nil: the usual one

	RelaySuffix string                               // added to each recipient of a client that may relay
	Accepts     func(recipient string) (bool, error) // control/rcpthosts

	LocalIPHost *string                      // what stands for our own IP addresses; nil: they do
	OwnIPs      func() ([]netip.Addr, error) // asked where LocalIPHost is set

	// Whom to refuse; nil is nobody. The second of each two does not count for
	// clients that may relay.
	BadSenders, BadSendersNoRelay       *List
	BadRecipients, BadRecipientsNoRelay *List
	BadHelos, BadHelosNoRelay           *List

	hosts *rcpthosts.Hosts // that Accepts asks; nil: none that is to be closed

	Valid         *Valid // the recipients that there are; nil: any may be
	MaxRecipients int    // in a message; 0: no fewer than there is room for
	MaxBad        int    // refused recipients before the session ends; 0 for any number
	MaxUnlisted   int    // of these, the ones that Valid does not know

	NoNullSender bool // refuse the empty sender
	NoRelayTests bool // refuse %, ! and a second @ in a local part

	TarpitCount int           // from this recipient on, each one is answered late; 0 is never
	TarpitDelay time.Duration // how late
	GreetDelay  time.Duration // before the greeting
	DropEarly   bool          // refuse a client that does not wait for it

	StartTLS StartTLS // nil: there is no TLS
	// TLSReady tells whether TLS could begin now; nil: it could. It may go on in
	// another program, with a Session that resumes, and not return.
	TLSReady  func(Resume) error
	Auth      *Auth   // nil: there is no AUTH
	OnHelo    []Check // what else is to be asked about a client's name
	OnMail    []Check // what else is to be asked about a sender
	OnSender  []Check // the same, answered to each recipient
	RcptCheck Check   // asked last about a recipient; nil: nobody

	Blocklists *Blocklists // asked about the client, after that; nil: none
	Logging    Logging     // what the log is told of

	Enhanced bool // replies carry status codes, RFC 2034
	DSN      bool // DSN is announced

	Ignored []string // settings that are there and have no effect: "control/x", "the variable X"
}

// Close gives back the files that Load has opened.
func (p *Policy) Close() {
	p.Valid.Close()
	if p.hosts != nil {
		p.hosts.Close()
	}
}

const (
	replyNoIPs      = "421 unable to figure out my IP addresses (#4.3.0)"
	replyNoControls = "421 unable to read controls (#4.3.0)"

	replyNoLists = "451 unable to check recipients (#4.3.0)"

	replyNoGateway = "553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)"
	replyNoNull    = "421 null senders temporarily denied (#4.3.0)"
	replyNoRelay   = "553 we don't relay (#5.7.1)"
	replyMaxRcpt   = "452 max rcpt limit exceeded (#5.7.1)"
	replyTooMany   = "452 too many recipients (#4.5.3)"
	replyInvalid   = "553 sorry, this recipient is not in my validrcptto list (#5.7.1)"
	replyBadRcpts  = "421 too many invalid addresses, goodbye (#4.3.0)"

	replyBadSender = "553 sorry, your envelope sender is in my badmailfrom list (#5.7.1)"
	replyDenied    = "553 sorry, your envelope sender has been denied (#5.7.1)"
	replyDeniedTo  = "553 sorry, your envelope recipient has been denied (#5.7.1)"
	replyDeniedBy  = "553 sorry, your HELO host name has been denied (#5.7.1)"
)

// objectToHelo is what every recipient is answered because of the client's
// name. A name that it has not given itself is in no list.
func (p *Policy) objectToHelo(c *Client) string {
	switch {
	case !c.Greeted:
	case p.BadHelos.Match(c.Helo):
		p.logListed(c, "badhelo", c.Helo, p.BadHelos)
		return replyDeniedBy
	case !c.Relay && p.BadHelosNoRelay.Match(c.Helo):
		p.logListed(c, "badhelo", c.Helo, p.BadHelosNoRelay)
		return replyDeniedBy
	}
	return first(p.OnHelo, c, c.Helo)
}

// first is the first objection.
func first(checks []Check, c *Client, address string) string {
	for _, check := range checks {
		if reply := check(c, address); reply != "" {
			return reply
		}
	}
	return ""
}

// objectToMail is what MAIL is answered when the sender cannot be.
func (p *Policy) objectToMail(c *Client) string {
	if p.NoNullSender && c.Sender == "" {
		return replyNoNull
	}
	return first(p.OnMail, c, c.Sender)
}

// refuseSender is what every recipient is answered. The empty sender is in no
// list, for bounces must come through.
func (s *Session) refuseSender() string {
	p, c := s.Policy, &s.Client
	if s.helo == nil {
		reply := p.objectToHelo(c)
		s.helo = &reply
	}
	if *s.helo != "" || c.Sender == "" {
		return *s.helo
	}
	refused, spared := p.BadSenders.MatchSender(c, c.Sender)
	switch {
	case spared:
		return ""
	case refused:
		p.logListed(c, "badmailfrom", c.Sender, p.BadSenders)
		return p.BadSenders.reply(replyBadSender, replyDenied)
	case !c.Relay && p.BadSendersNoRelay.Match(c.Sender):
		p.logListed(c, "badmailfrom", c.Sender, p.BadSendersNoRelay)
		return p.BadSendersNoRelay.reply(replyBadSender, replyDenied)
	}
	return first(p.OnSender, c, c.Sender)
}

// refuseRecipient returns the reply to a recipient that is not taken.
func (s *Session) refuseRecipient(recipient string) string {
	p, c := s.Policy, &s.Client
	switch {
	case p.NoRelayTests && hasRoute(recipient):
		return replyNoRelay
	case s.refusal != "":
		return s.refusal
	case p.MaxBad > 0 && s.badRcpts >= p.MaxBad, p.MaxUnlisted > 0 && s.unlisted >= p.MaxUnlisted:
		return replyBadRcpts
	case p.BadRecipients.Match(recipient):
		return s.denyRecipient(recipient, p.BadRecipients)
	case !c.Relay && p.BadRecipientsNoRelay.Match(recipient):
		return s.denyRecipient(recipient, p.BadRecipientsNoRelay)
	}
	var err error
	// Who may send anywhere does not wait for a list that cannot be read.
	if c.ForUs, err = p.Accepts(recipient); err != nil && !c.Relay {
		return replyNoControls
	}
	if !c.Relay && !c.ForUs {
		return replyNoGateway
	}
	if reply := s.unlistedRecipient(recipient); reply != "" {
		return reply
	}
	if reply := s.unwelcome(); reply != "" {
		return reply
	}
	if p.MaxRecipients > 0 && c.Recipients >= p.MaxRecipients {
		return replyMaxRcpt
	}
	return ""
}

func (s *Session) denyRecipient(recipient string, l *List) string {
	s.badRcpts++
	s.Policy.logListed(&s.Client, "badrcptto", recipient, l)
	return replyDeniedTo
}

// unlistedRecipient asks the lists of valid recipients, and the check that
// knows more than they.
func (s *Session) unlistedRecipient(recipient string) string {
	p, c := s.Policy, &s.Client
	verdict := unknown
	if p.Valid != nil && !c.Relay {
		var err error
		if verdict, err = p.Valid.judge(recipient); err != nil {
			return replyNoLists
		}
		s.logValid(verdict, recipient)
	}
	c.Listed = verdict == valid
	if verdict == invalid || verdict == unknown && p.Valid != nil && !c.Relay && (p.RcptCheck == nil || p.Valid.closed()) {
		s.badRcpts++
		s.unlisted++
		return p.Valid.Reply
	}
	if p.RcptCheck == nil {
		return ""
	}
	reply := p.RcptCheck(c, recipient)
	if strings.HasPrefix(reply, "5") {
		s.badRcpts++
	}
	return reply
}

// unwelcome asks the lists of clients, once a session.
func (s *Session) unwelcome() string {
	c := &s.Client
	if s.Policy.Blocklists == nil || c.Relay {
		c.RBLResult = ""
		return ""
	}
	if s.listing == nil {
		l := s.Policy.Blocklists.judge(c.Peer.RemoteIP, c.say)
		s.listing = &l
	}
	c.RBLResult = s.listing.result
	return s.listing.reply
}

// hasRoute tells whether the local part of an address could send the message
// on to somewhere else.
func hasRoute(address string) bool {
	if at := strings.LastIndexByte(address, '@'); at >= 0 {
		address = address[:at]
	}
	return strings.ContainsAny(address, "@%!")
}

// tarpit makes a client wait that asks for many recipients.
func (s *Session) tarpit() {
	s.askedRcpts++
	if s.Policy.TarpitCount > 0 && s.askedRcpts >= s.Policy.TarpitCount && s.Sleep != nil {
		s.w.Flush()
		s.Sleep(s.Policy.TarpitDelay)
	}
}
