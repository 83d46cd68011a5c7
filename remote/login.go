package remote

import (
	"encoding/base64"
	"strings"

	"qmailkit/internal/smtpwire"
)

// login tells the host who we are (RFC 4954). Whatever comes of it, a message
// is not lost for a password: a refusal is temporary.
func (e *Engine) login(c *Conn, l Login) (report Report, ok bool) {
	offered := c.mechanisms()
	client := e.NewLogin(offered, l, c.private != nil)
	if client == nil {
		why := noLogin
		if e.NewLogin(offered, l, true) != nil {
			why = noClear
		}
		return c.quit(Deferred, "Connected to ", why, smtpwire.Reply{}), false
	}
	line := []string{"AUTH ", client.Name()}
	if first := client.Initial(); first != nil {
		line = append(line, " ", base64.StdEncoding.EncodeToString(first))
	}
	reply, err := c.command(line...)
	for err == nil && reply.Code == 334 {
		response, rerr := respond(client, reply)
		if rerr != nil {
			reply, err = c.command("*") // gives up (RFC 4954 4)
			break
		}
		reply, err = c.command(response)
	}
	switch {
	case err != nil:
		return c.dropped(false), false
	case reply.Code != 235:
		return c.quit(Deferred, "Connected to ", " but authentication was rejected", reply), false
	}
	return Report{}, true
}

// respond answers a challenge.
func respond(client Mechanism, reply smtpwire.Reply) (string, error) {
	challenge, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(reply.Text[3:])))
	if err != nil {
		return "", err
	}
	response, err := client.Next(challenge)
	return base64.StdEncoding.EncodeToString(response), err
}

// mechanisms is what the host offers, also in the form that was usual before
// the standard: "AUTH=LOGIN".
func (c *Conn) mechanisms() []string {
	list := strings.Fields(strings.ToUpper(c.extensions["AUTH"]))
	for keyword, parameters := range c.extensions {
		if first, old := strings.CutPrefix(keyword, "AUTH="); old {
			list = append(append(list, first), strings.Fields(strings.ToUpper(parameters))...)
		}
	}
	return list
}
