package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/dial"
	"qmailkit/internal/peer"
)

const usage = "tcpclient [ -hHrRdDqQv ] [ -i localip ] [ -p localport ] [ -T timeoutconn ] [ -l localname ] [ -t timeoutinfo ] " +
	"host port program"

// Run connects to the host and port that its arguments name, and becomes the
// program behind them.
func Run(p *cmd.Proc) error {
	options, problem, ok := dial.Parse(p, "", nil)
	if !ok {
		return p.Misuse(problem, usage)
	}
	c, err := dial.Connect(p, options)
	if err != nil {
		return err
	}
	if err := c.Learn(); err != nil {
		return err
	}
	var env peer.Env
	env.Set("PROTO", c.Peer.Protocol(false))
	c.Peer.Variables(&env, "TCP", false)
	return c.Become(&env, c.FD, c.FD)
}
