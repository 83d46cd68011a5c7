package main

import (
	"bufio"
	"fmt"

	"qmailkit/internal/cmd"
	"qmailkit/send/analog"
)

// Run prints a line for each of p's standard input.
func Run(p *cmd.Proc) error {
	return analog.Records(p, func(r analog.Record, line string, out *bufio.Writer) {
		switch r := r.(type) {
		case *analog.Delivery:
			fmt.Fprintf(out, "%s qp %s: to=%s, uid=%s, ddelay=%.6f, xdelay=%.6f, stat=%s (%s)\n",
				r.End, r.QP, r.Recipient, r.UID, r.DDelay(), r.XDelay(), stat(r.Result), r.Reason)
		case *analog.Message:
			fmt.Fprintf(out, "%s qp %s: from=%s, uid=%s, size=%d, nrcpts=%d, deferrals=%d, qtime=%.6f\n",
				r.End, r.QP, r.Sender, r.UID, r.Bytes, r.Successes+r.Failures, r.Deferrals, r.QTime())
		default:
			fmt.Fprintln(out, line)
		}
	}, func(*bufio.Writer) {})
}

func stat(result byte) string {
	switch result {
	case 'k':
		return "Sent"
	case 'd':
		return "Failed"
	}
	return "Deferred"
}
