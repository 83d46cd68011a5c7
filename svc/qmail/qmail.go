package main

import (
	"github.com/urfave/cli/v2"

	"qmailkit/internal/cmd"
	"qmailkit/svc/umbrella"
	"qmailkit/svc/umbrella/check"
	"qmailkit/svc/umbrella/logcmd"
	"qmailkit/svc/umbrella/metricscmd"
	"qmailkit/svc/umbrella/migrate"
	"qmailkit/svc/umbrella/queuecmd"
	"qmailkit/svc/umbrella/reportcmd"
	"qmailkit/svc/umbrella/sendcmd"
	"qmailkit/svc/umbrella/setupcmd"
	"qmailkit/svc/umbrella/showctlcmd"
	"qmailkit/svc/umbrella/topcmd"
	"qmailkit/svc/umbrella/trace"
)

// Run does what the words after "qmail" ask for.
func Run(p *cmd.Proc) error { return umbrella.Run(p, commands(p)) }

// commands are all that there are, in the order in which help lists them
// within a category. Each is a package of its own below svc/umbrella.
func commands(p *cmd.Proc) []*cli.Command {
	return []*cli.Command{
		queuecmd.Command(p),
		trace.Command(p),
		setupcmd.Command(p),
		check.Command(p),
		migrate.Command(p),
		logcmd.Command(p),
		reportcmd.Command(p),
		topcmd.Command(p),
		metricscmd.Command(p),
		showctlcmd.Command(p),
		sendcmd.Command(p),
	}
}
