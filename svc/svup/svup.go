package main

import (
	"errors"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
	"qmailkit/svc"
)

const usage = "svup [-L] [-l] dir"

// Run succeeds if the service is up, and a logger of the same supervise.
func Run(p *cmd.Proc) error {
	opts := getopt.New("lL", p.Args)
	var only byte // an option's letter, or both
	for opts.Next() {
		only = opts.Opt
	}
	if opts.Err != nil || len(opts.Args) == 0 {
		return p.Usage(usage)
	}
	main, log, err := look(p, opts.Args[0])
	switch {
	case err != nil:
		return err
	case only != 'L' && !main.Up(), only == 'L' && log == nil, only != 'l' && log != nil && !log.Up():
		return cmd.Silent(cmd.ExitPermanent)
	}
	return nil
}

// look reads the status file of the service in dir. The error ends p's
// program.
func look(p *cmd.Proc, dir string) (main svc.Status, log *svc.Status, err error) {
	service, folder, err := svc.Find(p, dir)
	if err != nil {
		return main, nil, p.FatalSys(cmd.ExitTemporary, "unable to chdir to "+dir, err)
	}
	fail := func(what, name string, err error) (svc.Status, *svc.Status, error) {
		if errors.Is(err, syscall.ENOENT) || errors.Is(err, syscall.ENXIO) {
			return main, nil, cmd.Silent(cmd.ExitPermanent) // there is no supervise
		}
		return main, nil, p.FatalSys(cmd.ExitTemporary, "unable to "+what+" "+dir+"/"+folder+name, err)
	}
	fd, err := svc.OpenFifo(svc.Join(service, folder) + svc.Ok)
	if err != nil {
		return fail("open", svc.Ok, err)
	}
	syscall.Close(fd)
	main, log, what, err := svc.ReadStatus(svc.Join(service, folder) + svc.Current)
	if err != nil {
		return fail(what, svc.Current, err)
	}
	return main, log, nil
}
