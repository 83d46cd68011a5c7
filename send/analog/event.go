package analog

import "strings"

// Kind is what a line of qmail-send's log tells.
type Kind int

// The kinds there are, as in qmail-log(5).
const (
	Unknown   Kind = iota // none of qmail-send's lines
	New                   // "new msg"
	Info                  // "info msg"
	Starting              // "starting delivery"
	Delivered             // "delivery": how one ended
	Status                // "status:" with the load
	Bounce                // "bounce msg"
	End                   // "end msg"
	Running               // "running" or "exiting": a qmail-send begins or ends
	Extra                 // "extra", in what matchup leaves for its next run
	Warning               // "warning:"
	Alert                 // "alert:"
	Aside                 // what older qmail-sends and other programs of the kind wrote
)

// Load is how many deliveries of a channel are under way, and may be.
type Load struct{ Used, Limit uint64 }

// Event is a line of qmail-send's log. The fields that its kind has not are
// zero.
type Event struct {
	Kind              Kind
	Stamp             Stamp
	Message, Delivery uint64 // their numbers
	Bytes, QP, UID    uint64 // Info; QP also of Bounce
	Sender            string // Info: between "<" and ">"
	Channel           string // Starting: "local" or "remote"
	Recipient         string // Starting
	Result            byte   // Delivered: as in a Delivery
	Reason            string // Delivered: as in a Delivery
	Local, Remote     Load   // Status

	Successes, Deferrals, Failures uint64 // Extra
}

// ParseEvent reads a line that begins with a stamp, as Normal returns it.
func ParseEvent(line string) Event {
	f := fields(line)
	e := Event{Stamp: Stamp(field(f, 0))}
	switch field(f, 1) {
	case "new":
		e.Kind, e.Message = New, leading(field(f, 3))
	case "info":
		e.Kind, e.Message, e.Bytes, e.Sender = Info, leading(field(f, 3)), leading(field(f, 5)), field(f, 7)
		e.QP, e.UID = leading(field(f, 9)), leading(field(f, 11))
	case "starting":
		e.Kind, e.Delivery, e.Message = Starting, leading(field(f, 3)), leading(field(f, 5))
		e.Channel, e.Recipient = field(f, 7), field(f, 8)
	case "delivery":
		e.Kind, e.Delivery = Delivered, leading(field(f, 2))
		e.Result, e.Reason = result(field(f, 3), field(f, 4))
	case "status:":
		e.Kind, e.Local, e.Remote = Status, load(field(f, 3)), load(field(f, 5))
	case "bounce":
		e.Kind, e.Message, e.QP = Bounce, leading(field(f, 3)), leading(field(f, 5))
	case "end":
		e.Kind, e.Message = End, leading(field(f, 3))
	case "extra":
		e.Kind, e.Message = Extra, leading(field(f, 2))
		e.Successes, e.Deferrals, e.Failures = leading(field(f, 3)), leading(field(f, 4)), leading(field(f, 5))
	case "running", "exiting":
		e.Kind = Running
	case "warning:":
		e.Kind = Warning
	case "alert:":
		e.Kind = Alert
	case "number", "local", "remote":
		e.Kind = Aside
	}
	return e
}

// result returns how a delivery ended, and why.
func result(word, reason string) (byte, string) {
	switch {
	case strings.HasPrefix(word, "succ"):
		return 'k', reason
	case strings.HasPrefix(word, "fail"):
		return 'd', reason
	case strings.HasPrefix(word, "defer"):
		return 'z', reason
	case strings.HasPrefix(word, "report"):
		return 'z', reportMangled
	}
	return 0, ""
}

func load(word string) Load {
	used, limit, _ := strings.Cut(word, "/")
	return Load{leading(used), leading(limit)}
}
