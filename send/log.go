package send

import (
	"strconv"

	"qmailkit/internal/queue"
)

// Safe makes text fit for a log line: a newline becomes '/', any other byte
// that is not printable ASCII, and the blank and the percent sign, '_'.
func Safe(text string) string {
	b := []byte(text)
	for i, c := range b {
		switch {
		case c == '\n':
			b[i] = '/'
		case c < 33 || c > 126 || c == '%':
			b[i] = '_'
		}
	}
	return string(b)
}

// The lines of qmail-log(5), one function an event.

// LogNew is a message found in todo.
func LogNew(id queue.ID) string { return "new msg " + id.String() + "\n" }

// LogInfo is what is known of a message: its size in bytes, its sender, the
// process that queued it and the user who ran that.
func LogInfo(id queue.ID, size int64, sender string, qp, uid uint64) string {
	return "info msg " + id.String() + ": bytes " + strconv.FormatInt(size, 10) + " from <" + Safe(sender) + "> qp " +
		strconv.FormatUint(qp, 10) + " uid " + strconv.FormatUint(uid, 10) + "\n"
}

// LogStarting is the start of a delivery.
func LogStarting(delivery uint64, id queue.ID, c Channel, recipient string) string {
	return "starting delivery " + strconv.FormatUint(delivery, 10) + ": msg " + id.String() + " to " + c.String() + " " +
		Safe(recipient) + "\n"
}

// Load is how many deliveries of a channel are running and may run.
type Load struct{ Used, Limit int }

// LogStatus is the load after a delivery has started or ended.
func LogStatus(load [Channels]Load, exiting bool) string {
	line := "status:"
	for c, l := range load {
		line += " " + Channel(c).String() + " " + strconv.Itoa(l.Used) + "/" + strconv.Itoa(l.Limit)
	}
	if exiting {
		line += " exitasap"
	}
	return line + "\n"
}

// LogDelivery is the end of a delivery.
func LogDelivery(delivery uint64, r Report) string {
	line := "delivery " + strconv.FormatUint(delivery, 10) + ": "
	switch r.Verdict {
	case Success:
		line += "success: " + Safe(r.Text)
	case Defer:
		line += "deferral: " + Safe(r.Text)
	case Failure:
		line += "failure: " + Safe(r.Text)
	default:
		line += "report mangled, will defer"
	}
	return line + "\n"
}

// LogBounce is a bounce that is in the queue; qp is the process that put it
// there.
func LogBounce(id queue.ID, qp int) string {
	return "bounce msg " + id.String() + " qp " + strconv.Itoa(qp) + "\n"
}

// LogEnd is a message that leaves the queue.
func LogEnd(id queue.ID) string { return "end msg " + id.String() + "\n" }

// LogExiting is the last line.
const LogExiting = "status: exiting\n"
