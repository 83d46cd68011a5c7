// Package hold lets a server be replaced by another version of itself while it
// serves, and refuse nobody meanwhile.
//
// The process that a supervisor knows, the holder, opens the listening sockets,
// gives up its privileges, and then only keeps the sockets: connections are
// taken by a worker, which is the same program started once more, from its file
// as that is then. A new worker that says that it is ready takes the place of
// the old one, which takes no connections from then on and ends when those that
// it has have ended. The sockets are never closed in between: who connects
// waits, at worst, until one of the two accepts.
package hold

import (
	"os"
	"strconv"
	"syscall"

	"qmailkit/internal/cmd"
	"qmailkit/internal/sys"
)

// variable tells a worker how many sockets it gets, as descriptors 3, 4 ...;
// the one after them is its connection to the holder.
const variable = "QMAILKIT_SOCKETS"

const (
	firstFD    = 3
	maxSockets = 1000
)

// Order is what a worker is told, over that connection. Its end is Stop: there
// is no holder any more.
type Order byte

// The orders.
const (
	Finish Order = 'f' // take no more connections, end when those that are there have
	Stop   Order = 's' // the same, soon
)

// wordReady is what a worker says when it is about to accept.
const wordReady = 'r'

// Worker is the worker's side.
type Worker struct {
	Sockets []int // descriptors, in the holder's order

	holder *os.File
}

// Inherited returns the worker that p's process was started as, nil for none,
// and takes the sign of it from p's environment.
func Inherited(p *cmd.Proc) *Worker {
	n, err := strconv.Atoi(p.Getenv(variable))
	if err != nil || n < 0 || n > maxSockets {
		return nil
	}
	p.Unsetenv(variable)
	w := &Worker{holder: p.FD(firstFD + n)}
	sys.CloseOnExec(w.holder)
	for i := range n {
		syscall.CloseOnExec(firstFD + i)
		w.Sockets = append(w.Sockets, firstFD+i)
	}
	return w
}

// Ready tells the holder that connections are taken from now on.
func (w *Worker) Ready() { w.holder.Write([]byte{wordReady}) }

// Next waits for an order.
func (w *Worker) Next() Order {
	var b [1]byte
	if n, _ := w.holder.Read(b[:]); n == 1 && Order(b[0]) == Finish {
		return Finish
	}
	return Stop
}
