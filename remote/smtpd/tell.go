package smtpd

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/printable"
)

// Environment is p with what programs that are run for the client are told of
// it: who it has shown to be, and what lists of clients say of it.
func (c *Client) Environment(p *cmd.Proc) *cmd.Proc {
	if c.Login != nil && c.Login.Proc != nil {
		p = c.Login.Proc
	}
	told := *p
	told.Unsetenv("RBLRESULT")
	if c.RBLResult != "" {
		told.Setenv("RBLRESULT", c.RBLResult)
	}
	if c.Login == nil {
		return &told
	}
	told.Setenv("TCPREMOTEINFO", c.Login.User)
	told.Setenv("RELAYCLIENT", c.Login.RelaySuffix)
	if c.Authenticated() {
		told.Setenv("SMTPAUTHMETHOD", c.Login.Method)
		told.Setenv("SMTPAUTHUSER", c.Login.User)
		told.Setenv("SMTP_AUTH_USER", c.Login.User)
	}
	return &told
}

// say tells the log of the client. Others may have written parts of text.
func (c *Client) say(text string) {
	if c.Log != nil {
		c.Log(printable.Replace(text, '?'))
	}
}
