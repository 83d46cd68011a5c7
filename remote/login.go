package remote

import (
	"encoding/base64"
	"slices"
	"strings"

	"qmailkit/internal/smtpwire"
)

// login tells the host who we are (RFC 4954). Whatever comes of it, a message
// is not lost for a password: a refusal is temporary.
//
// A host may offer SCRAM and not know this user's password in the form for it:
// refused there, the next way is tried.
func (e *Engine) login(c *Conn, l Login) (report Report, ok bool) {
	offered := c.mechanisms()
	for {
		way := e.NewLogin(offered, l, c.private)
		if way == nil {
			return c.quit(Deferred, "Connected to ", e.noWay(c, offered, l), smtpwire.Reply{}), false
		}
		reply, err := c.authenticate(way)
		left := slices.DeleteFunc(slices.Clone(offered), func(name string) bool { return strings.HasPrefix(name, scramNames) })
		switch {
		case err != nil:
			return c.dropped(false), false
		case reply.Code == 235 && !way.Done():
			return c.quit(Deferred, "Connected to ", noProof, smtpwire.Reply{}), false
		case reply.Code == 235:
			return Report{}, true
		case !reply.Permanent() || !strings.HasPrefix(way.Name(), scramNames) || e.NewLogin(left, l, c.private) == nil:
			return c.quit(Deferred, "Connected to ", " but authentication was rejected", reply), false
		}
		offered = left
	}
}

// scramNames is what the names of all SCRAMs begin with.
const scramNames = "SCRAM-"

// noWay says why there is none: the password would be shown, or else nothing
// that is offered is known.
func (e *Engine) noWay(c *Conn, offered []string, l Login) string {
	l.Clear = true
	if e.NewLogin(offered, l, c.private) != nil {
		return noClear
	}
	return noLogin
}

// authenticate plays an AUTH command to its end.
func (c *Conn) authenticate(way Mechanism) (smtpwire.Reply, error) {
	line := []string{"AUTH ", way.Name()}
	if first := way.Initial(); first != nil {
		line = append(line, " ", base64.StdEncoding.EncodeToString(first))
	}
	reply, err := c.command(line...)
	for err == nil && reply.Code == 334 {
		response, rerr := respond(way, reply)
		if rerr != nil {
			return c.command("*") // gives up (RFC 4954 4)
		}
		reply, err = c.command(response)
	}
	return reply, err
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
