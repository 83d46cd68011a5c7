package remote

import (
	"errors"
	"strings"

	"qmailkit/internal/smtpwire"
	"qmailkit/qmtp"
)

// DeliverQMTP does the job by QMTP, whatever the routes say about how: to the
// relay of control/qmtproutes, or else to the domain's exchangers.
func (e *Engine) DeliverQMTP(job Job) Result {
	route, err := e.QMTPRoutes.FindFor(job.Sender, job.Host)
	if err == nil && route.Login.User != "" {
		err = route.fault(errQMTP)
	}
	route.QMTP = true
	if err == nil {
		err = e.demand(&route, job.Sender, job.Host)
	}
	if err != nil {
		return Result{Message: BadControl(err)}
	}
	return e.byQMTP(job, route)
}

func (e *Engine) byQMTP(job Job, route Route) Result {
	if !fits(job.Sender) {
		return Result{Message: permanent(badSender)}
	}
	c, report := e.connect(job.Sender, job.Host, route, once)
	if c == nil {
		return Result{Message: report}
	}
	defer c.Close()
	policy, err := e.TLS(c.target.Name, route.demand)
	switch {
	case err != nil:
		return Result{Message: BadControl(err)}
	case route.implicit():
		if err := c.secure(policy); err != nil {
			return Result{Message: c.insecure(err)}
		}
	case policy.Must != "":
		return Result{Message: c.report(Deferred, noTLS+policy.Must+noTLSEnd, tlsCode, smtpwire.Reply{})}
	}
	return c.sendQMTP(job)
}

// sendQMTP hands over a message by QMTP.
func (c *Conn) sendQMTP(job Job) (result Result) {
	request := qmtp.Request{Message: job.Message, Sender: job.Sender}
	for _, r := range job.Recipients {
		if fits(r) {
			request.Recipients = append(request.Recipients, r)
		}
	}
	var answers []string
	var err error
	if len(request.Recipients) > 0 {
		answers, err = request.Send(c.in, c.out)
	}
	accepted := ""
	for _, r := range job.Recipients {
		switch {
		case !fits(r):
			result.Recipients = append(result.Recipients, Report{RecipientRejected, badRecipient})
			continue
		case len(answers) == 0:
			result.Message = c.unanswered(err)
			return result
		case answers[0][0] == 'K' && accepted == "":
			accepted = answers[0]
		}
		result.Recipients = append(result.Recipients, c.qmtpVerdict(answers[0]))
		answers = answers[1:]
	}
	if accepted == "" {
		result.Message = c.report(Failed, "Giving up on ", "", smtpwire.Reply{})
	} else {
		result.Message = c.report(Accepted, "", " accepted message", answer(accepted))
	}
	return result
}

// answer is the text of an answer, put as a reply.
func answer(s string) smtpwire.Reply {
	return smtpwire.Reply{Text: []byte(strings.TrimSuffix(s[1:], "\n") + "\n")}
}

// qmtpVerdict is the report for the answer to a recipient.
func (c *Conn) qmtpVerdict(s string) Report {
	letter := byte(RecipientDeferred)
	switch s[0] {
	case 'K':
		return Report{Letter: RecipientAccepted}
	case 'D':
		letter = RecipientRejected
	}
	return Report{letter, c.peer + " does not like recipient.\n" + said(answer(s))}
}

// unanswered reports that not all answers have come.
func (c *Conn) unanswered(err error) Report {
	var unread *qmtp.ReadError
	var unsent *qmtp.SendError
	switch {
	case errors.As(err, &unread):
		return temporary(noRead)
	case errors.As(err, &unsent):
		return c.dropped(false)
	}
	return c.dropped(true)
}
