package remote

import (
	"slices"
	"strconv"
	"unicode/utf8"

	"qmailkit/internal/smtpwire"
)

// The extensions that make a difference to a message on its way.
const (
	pipelining = "PIPELINING" // RFC 2920
	sizeWord   = "SIZE"       // RFC 1870
	eightBit   = "8BITMIME"   // RFC 6152
	utf8Word   = "SMTPUTF8"   // RFC 6531
)

// maxGroup is how many commands are sent before their answers are read: those
// must fit into what the system buffers, or both sides wait for each other.
const maxGroup = 32

// transaction is one message on its way to one host.
type transaction struct {
	*Conn
	job    Job
	body   body
	owed   []step // what has been said and not been answered, in order
	asked  bool   // DATA is behind it
	any    bool   // the host has accepted a recipient
	result Result
}

// step is an address that has been named.
type step struct {
	sender bool
	own    Report // where it was not told to the host
}

// Send hands over one message and, unless the connection is then ready for
// another, says goodbye. A reply of a kind that has no
// place where it is given, 1xx for one, counts as a temporary refusal.
func (c *Conn) Send(job Job) Result {
	if !c.takes(job.Sender) {
		return Result{Message: c.quit(Failed, "", noUTF8, smtpwire.Reply{})}
	}
	t := &transaction{Conn: c, job: job, body: body{rest: job.Message, size: unknown}}
	if c.extensions.Has(sizeWord) || c.extensions.Has(eightBit) {
		var err error
		if t.body, err = c.look(job.Message); err != nil {
			return Result{Message: temporary(noRead)}
		}
	}
	if t.envelope() {
		t.result.Message = t.message()
	}
	return t.result
}

// envelope names the sender and the recipients and tells whether the host
// waits for the message. It waits for the answer to each command or, where the
// host allows that, says as much as it may at once, DATA too.
func (t *transaction) envelope() (ok bool) {
	group := 1
	if t.extensions.Has(pipelining) {
		group = maxGroup
	}
	t.sender()
	for _, r := range t.job.Recipients {
		if len(t.owed) >= group && !t.settle() {
			return false
		}
		t.recipient(r)
	}
	if group == 1 && !t.settle() {
		return false
	}
	if t.any || slices.ContainsFunc(t.owed, func(s step) bool { return !s.sender && s.own.Letter == 0 }) {
		t.write("DATA")
		t.asked = true
	}
	return t.settle() && t.ready()
}

// sender begins the message.
func (t *transaction) sender() {
	parameters := ""
	if t.body.size != unknown && t.extensions.Has(sizeWord) {
		parameters += " SIZE=" + strconv.FormatInt(t.body.size, 10)
	}
	if t.body.eight && t.extensions.Has(eightBit) {
		parameters += " BODY=8BITMIME"
	}
	if t.extensions.Has(utf8Word) && (beyondASCII(t.job.Sender) || slices.ContainsFunc(t.job.Recipients, beyondASCII)) {
		parameters += " SMTPUTF8"
	}
	t.write("MAIL FROM:<", quoted(t.job.Sender), ">", parameters)
	t.owed = append(t.owed, step{sender: true})
}

// recipient names a recipient, unless the host cannot be told.
func (t *transaction) recipient(address string) {
	var own Report
	switch {
	case !fits(address):
		own = Report{RecipientRejected, badRecipient}
	case !t.takes(address):
		own = Report{RecipientRejected, t.peer + noUTF8 + ".\n"}
	default:
		t.write("RCPT TO:<", quoted(address), ">")
	}
	t.owed = append(t.owed, step{own: own})
}

// takes tells whether the host knows what to do with address.
func (c *Conn) takes(address string) bool {
	return !beyondASCII(address) || c.extensions.Has(utf8Word)
}

// beyondASCII tells whether an address is of the kind of RFC 6531. What is no
// UTF-8 is not: such addresses have always been sent as they are.
func beyondASCII(address string) bool {
	for i := 0; i < len(address); i++ {
		if address[i] >= utf8.RuneSelf {
			return utf8.ValidString(address)
		}
	}
	return false
}

// settle takes the answers that are owed. Where ok is false the delivery has
// ended.
func (t *transaction) settle() (ok bool) {
	if t.out.Buffered() > 0 && t.out.Flush() != nil {
		t.result.Message = t.dropped(false)
		return false
	}
	owed := t.owed
	t.owed = nil
	for i, s := range owed {
		report := s.own
		if report.Letter == 0 {
			reply, err := smtpwire.ReadReply(t.in)
			if err != nil {
				t.result.Message = t.dropped(false)
				return false
			}
			if s.sender && !reply.Positive() {
				t.result.Message = t.refused(reply, owed[i+1:])
				return false
			}
			report = t.verdict(reply)
		}
		if s.sender && t.reused {
			t.stream.SetTimeout(t.timeout)
		}
		if !s.sender {
			t.result.Recipients = append(t.result.Recipients, report)
			t.any = t.any || report.Letter == RecipientAccepted
		}
	}
	return true
}

// verdict is the report for the answer to a recipient.
func (t *transaction) verdict(reply smtpwire.Reply) Report {
	letter := byte(RecipientDeferred)
	switch {
	case reply.Positive():
		return Report{Letter: RecipientAccepted}
	case reply.Permanent():
		letter = RecipientRejected
	}
	return Report{letter, t.peer + " does not like recipient.\n" + said(reply)}
}

// refused reports that the host does not take the sender. What else it has
// been told it is going to answer, but for 421, with which it hangs up.
func (t *transaction) refused(reply smtpwire.Reply, rest []step) Report {
	letter := refusal(reply)
	const before, after = "Connected to ", " but sender was rejected"
	for _, s := range rest {
		if s.own.Letter != 0 || reply.Code == 421 {
			continue
		}
		answer, err := smtpwire.ReadReply(t.in)
		if err != nil || answer.Positive() {
			// It is not to get any message, not even one without a sender.
			return t.report(letter, before, after, reply)
		}
	}
	if t.asked && reply.Code != 421 {
		t.callOff()
	}
	return t.quit(letter, before, after, reply)
}

// callOff takes the answer to a DATA that nothing is going to follow. A host
// that waits for a message nevertheless, though it has taken no recipient,
// gets an empty one (RFC 2920 3.1).
func (t *transaction) callOff() {
	if reply, err := smtpwire.ReadReply(t.in); err == nil && goAhead(reply) {
		t.out.WriteString(smtpwire.End)
	}
}

// goAhead tells whether the host waits for the message.
func goAhead(reply smtpwire.Reply) bool { return reply.Positive() || reply.Code/100 == 3 }

// ready tells whether the host waits for the message, after all answers but
// that to DATA.
func (t *transaction) ready() (ok bool) {
	if !t.any {
		if t.asked {
			t.callOff()
		}
		t.result.Message = t.quit(Failed, "Giving up on ", "", smtpwire.Reply{})
		return false
	}
	reply, err := smtpwire.ReadReply(t.in)
	switch {
	case err != nil:
		t.result.Message = t.dropped(false)
	case !goAhead(reply):
		t.result.Message = t.quit(refusal(reply), "", " failed on DATA command", reply)
	default:
		return true
	}
	return false
}
