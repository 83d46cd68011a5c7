package main

import (
	"qmailkit/internal/cmd"
	"qmailkit/internal/qclient"
	"qmailkit/internal/standing"
	"qmailkit/remote/smtpd"
	"qmailkit/remote/smtpd/front"
	"qmailkit/remote/smtpd/secure"
)

const usage = "qmail-smtpd-listen [ -1UXpPhHrRoOdDqQv46 ] [ -c limit ] [ -C limit[:message] ] [ -x rules.cdb ] [ -B banner ] [ -g gid ] [ -u uid ] " +
	"[ -b backlog ] [ -l localname ] [ -t timeout ] [ -I interface ] [ -w seconds ] [ -a host:port ] [ -s host:port ] " +
	"host port [ hostname checkpassword program [ argument ... ] ]"

// Run takes connections until it gets a SIGTERM, and serves each as
// qmail-smtpd does.
func Run(p *cmd.Proc) error {
	var shared secure.Shared
	var buffers smtpd.Buffers
	var queue qclient.Many
	var listing smtpd.Listing
	return standing.Run(p, &standing.Program{
		Usage: usage, Session: "qmail-smtpd", TLS: true,
		Serve: func(session *cmd.Proc) error {
			parts := shared.Parts(session)
			parts.Open, parts.Buffers = queue.Open, &buffers
			parts.Policy.Listing = &listing
			return front.Serve(session, parts)
		},
	})
}
