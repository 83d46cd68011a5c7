package main

import (
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/listen"
	"qmailkit/internal/peer"
	"qmailkit/internal/program"
	"qmailkit/internal/tcpopt"
)

const usage = "tcpserver [ -1UXpPhHrRoOdDqQv ] [ -c limit ] [ -x rules.cdb ] [ -B banner ] [ -g gid ] [ -u uid ] " +
	"[ -b backlog ] [ -l localname ] [ -t timeout ] host port program"

// Run takes connections to the host and port that its arguments name, and runs
// a program for each, until it gets a SIGTERM.
func Run(p *cmd.Proc) error {
	options, problem, ok := listen.Parse(p, "", nil)
	if !ok {
		if options.Level == tcpopt.Quiet && problem == "" {
			return cmd.Silent(cmd.ExitPermanent)
		}
		return p.Misuse(problem, usage)
	}
	mapped := options.Family == peer.IPv6
	server := &listen.Server{
		Options: options, P: p,
		Variables: func(ends *peer.Peer, env *peer.Env) {
			env.Set("PROTO", ends.Protocol(mapped))
			ends.Variables(env, "TCP", mapped)
		},
		Serve: func(c *listen.Conn) { c.Start(nil, c.FD, c.FD) },
		Keep:  staying(p, options.Program[0]),
	}
	return server.Run()
}

// staying returns the file of the program called name if that is the home's
// qmail-smtpd, which stays for further connections when it is asked to. A
// program is found as it is when it is started: along PATH.
func staying(p *cmd.Proc, name string) string {
	ours := p.InHome("bin", "qmail-smtpd")
	if name == ours {
		return ours
	}
	if name == "qmail-smtpd" {
		for _, dir := range strings.Split(p.Getenv("PATH"), ":") {
			if id := program.ID(p.Path(dir + "/" + name)); id != "" && id == program.ID(ours) {
				return ours
			} else if id != "" {
				break
			}
		}
	}
	return ""
}
