package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/listen"
	"qmailkit/internal/peer"
)

const usage = "tcpserver [ -1UXpPhHrRoOdDqQv ] [ -c limit ] [ -x rules.cdb ] [ -B banner ] [ -g gid ] [ -u uid ] " +
	"[ -b backlog ] [ -l localname ] [ -t timeout ] host port program"

// Run takes connections to the host and port that its arguments name, and runs
// a program for each, until it gets a SIGTERM.
func Run(p *cmd.Proc) error {
	options, problem, ok := listen.Parse(p, "", nil)
	if !ok {
		if problem != "" {
			p.Stderr.WriteString(problem + "\n")
		}
		if options.Level == listen.Quiet && problem == "" {
			return cmd.Silent(cmd.ExitPermanent)
		}
		return p.Usage(usage)
	}
	mapped := options.Family == peer.IPv6
	server := &listen.Server{
		Options: options, P: p,
		Variables: func(ends *peer.Peer, env *peer.Env) {
			env.Set("PROTO", ends.Protocol(mapped))
			ends.Variables(env, "TCP", mapped)
		},
		Serve: func(c *listen.Conn) { c.Start(nil, c.FD, c.FD) },
	}
	return server.Run()
}
