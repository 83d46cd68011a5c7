package front

import (
	"qmailkit/internal/rcptcheck"
	"qmailkit/remote/smtpd"
)

const replyNoMailbox = "550 sorry, no mailbox here by that name (#5.1.1)"

// checkRecipients has qmail-rcptd asked about recipients, if the home has its
// socket. A list of the recipients that there are goes before it.
func checkRecipients(policy *smtpd.Policy, home string) {
	if policy.Valid != nil || policy.RcptCheck != nil || !rcptcheck.Configured(home) {
		return
	}
	policy.RcptCheck = func(c *smtpd.Client, recipient string) string {
		if c.Relay && c.RelaySuffix != "" {
			return "" // the recipient is going to be another
		}
		if rcptcheck.Ask(home, recipient) == rcptcheck.No {
			return replyNoMailbox
		}
		return ""
	}
}
