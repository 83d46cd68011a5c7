package main

import (
	"math"
	"strconv"

	"qmailkit/internal/cmd"
	"qmailkit/internal/getopt"
	"qmailkit/internal/sys"
	"qmailkit/svc"
)

const (
	usage = "softlimit [-a allbytes] [-c corebytes] [-d databytes] [-f filebytes] [-l lockbytes] [-m membytes] " +
		"[-o openfiles] [-p processes] [-r residentbytes] [-s stackbytes] [-t cpusecs] child"
	letters = "a:c:d:f:l:m:o:p:r:s:t:"
)

// limit is one soft limit to be set; highest is "as high as the hard one".
type limit struct {
	resource sys.Resource
	value    uint64
}

const highest = math.MaxUint64

// Run becomes the program, under the limits.
func Run(p *cmd.Proc) error {
	var limits []limit
	opts := getopt.New(letters, p.Args)
	for opts.Next() {
		value, ok := number(opts.Arg)
		if !ok {
			return p.Usage(usage)
		}
		for _, r := range resources(opts.Opt) {
			limits = append(limits, limit{r, value})
		}
	}
	if opts.Err != nil || len(opts.Args) == 0 {
		return p.Misuse(opts.Problem(p.Name), usage)
	}
	makeRoom(p, limits, opts.Args)
	storeMemory()
	for _, l := range limits {
		if err := sys.SetSoftLimit(l.resource, l.value); err != nil {
			return p.FatalSys(cmd.ExitTemporary, sys.Call(err)+" failed", err)
		}
	}
	return svc.Exec(p, opts.Args)
}

// number reads an option's argument: digits, or "=". What does not fit into
// 64 bits is no limit.
func number(arg string) (value uint64, ok bool) {
	if arg == "=" {
		return highest, true
	}
	for i := range len(arg) {
		if arg[i] < '0' || arg[i] > '9' {
			return 0, false
		}
	}
	if arg == "" {
		return 0, true
	}
	value, _ = strconv.ParseUint(arg, 10, 64)
	return value, true
}

func resources(letter byte) []sys.Resource {
	switch letter {
	case 'a':
		return []sys.Resource{sys.LimitAddress}
	case 'c':
		return []sys.Resource{sys.LimitCore}
	case 'd':
		return []sys.Resource{sys.LimitData}
	case 'f':
		return []sys.Resource{sys.LimitFile}
	case 'l':
		return []sys.Resource{sys.LimitLocked}
	case 'o':
		return []sys.Resource{sys.LimitFiles}
	case 'p':
		return []sys.Resource{sys.LimitProcs}
	case 'r':
		return []sys.Resource{sys.LimitRSS}
	case 's':
		return []sys.Resource{sys.LimitStack}
	case 't':
		return []sys.Resource{sys.LimitCPU}
	}
	return []sys.Resource{sys.LimitData, sys.LimitStack, sys.LimitLocked, sys.LimitAddress} // -m
}
