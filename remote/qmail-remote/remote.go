package main

import (
	"os"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/ipme"
	"qmailkit/internal/sys"
	"qmailkit/internal/tcpto"
	"qmailkit/remote"
)

// Run delivers the message on standard input to the host, from the sender and
// to the recipients that the arguments name. What became of it is written to
// standard output; it always succeeds.
func Run(p *cmd.Proc) error {
	result := deliver(p)
	sys.Write(p.Stdout, result.Append(nil)) // nobody is left to hear of a failure
	return nil
}

func deliver(p *cmd.Proc) remote.Result {
	if len(p.Args) < 3 {
		return remote.Result{Message: remote.Usage}
	}
	settings, err := remote.LoadSettings(control.Dir(p.InHome("control")))
	if err != nil {
		if fi, err := os.Stat(p.Home); err != nil || !fi.IsDir() {
			return remote.Result{Message: remote.NoHome}
		}
		return remote.Result{Message: remote.NoControls}
	}
	engine := remote.Engine{
		Settings: settings,
		Resolver: dns.System(p.Getenv),
		Dial:     remote.TCP,
		Local:    ipme.Addrs,
		TimedOut: tcpto.Table(p.InHome("queue/lock/tcpto")),
		Now:      p.Now,
		Jitter:   p.Pid,
	}
	return engine.Deliver(remote.Job{
		Host: p.Args[0], Sender: p.Args[1], Recipients: p.Args[2:], Message: p.Stdin,
	})
}
