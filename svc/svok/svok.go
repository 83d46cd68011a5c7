package main

import (
	"errors"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/svc"
)

const usage = "svok dir"

// Run succeeds if somebody reads the service's fifo.
func Run(p *cmd.Proc) error {
	if len(p.Args) == 0 {
		return p.Usage(usage)
	}
	dir := p.Args[0]
	service, folder, err := svc.Find(p, dir)
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+dir, err)
	}
	fd, err := svc.OpenFifo(svc.Join(service, folder) + svc.Ok)
	switch {
	case err == nil:
		syscall.Close(fd)
		return nil
	case errors.Is(err, syscall.ENOENT), errors.Is(err, syscall.ENXIO):
		return cmd.Silent(cmd.ExitPermanent)
	}
	return p.FatalSys(cmd.ExitTemporary, "unable to open "+dir+"/"+folder+svc.Ok, err)
}
