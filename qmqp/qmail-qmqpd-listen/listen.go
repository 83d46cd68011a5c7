package main

import (
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/qclient"
	"qmailkit/internal/standing"
	"qmailkit/qmqp/front"
)

const usage = "qmail-qmqpd-listen [ -1UXpPhHrRoOdDqQv46 ] [ -c limit ] [ -C limit[:message] ] [ -x rules.cdb ] [ -B banner ] [ -g gid ] [ -u uid ] " +
	"[ -b backlog ] [ -l localname ] [ -t timeout ] [ -I interface ] [ -w seconds ] [ -a host:port ] host port"

// Run takes connections until it gets a SIGTERM, and serves each as
// qmail-qmqpd does.
func Run(p *cmd.Proc) error {
	var queue qclient.Many
	return standing.Run(p, &standing.Program{
		Usage: usage, Session: "qmail-qmqpd",
		Serve: func(session *cmd.Proc) error {
			session.Stdin.SetDeadline(time.Now().Add(front.Limit))
			return front.Serve(session, queue.Open)
		},
	})
}
