// Package send holds the rules and formats of the queue's schedule: where a
// recipient goes, when a message is tried again, what the spawners report,
// what a bounce says, how an event reads in the log. It has no state of its
// own and does no I/O but on readers that it is given.
//
// The process that obeys these rules is qmail-send; qmail-send(8) tells what
// it does, qmail-log(5) what it writes.
package send

// Channel is one of the two ways out of the queue.
type Channel int

// The channels, in the order in which qmail-send looks at them.
const (
	Local  Channel = iota // by qmail-lspawn
	Remote                // by qmail-rspawn
	Channels
)

// String returns the channel's name: in log lines, and as the folder of the
// queue that holds its recipients.
func (c Channel) String() string {
	if c == Local {
		return "local"
	}
	return "remote"
}
