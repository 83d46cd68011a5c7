package main

import (
	"syscall"

	"qmailkit/internal/envelope"
	"qmailkit/internal/queue"
	"qmailkit/send"
)

// finish ends a message that has no recipient left: it bounces what failed,
// removes info, and has qmail-clean remove the message.
func (l *loop) finish(id queue.ID) {
	for _, dir := range []string{send.Local.String(), send.Remote.String(), "todo"} {
		there, err := exists(l.queue.Path(dir, id))
		if err != nil {
			l.statFailed(id, dir)
			return
		}
		if there {
			return // a false alarm: whoever has it will see to it
		}
	}
	switch there, err := exists(l.queue.Path("info", id)); {
	case err != nil:
		l.statFailed(id, "info")
		return
	case !there:
		return
	}
	info, err := l.readInfo(id)
	if err != nil {
		l.again(id)
		return
	}
	switch failures, err := exists(l.queue.Path("bounce", id)); {
	case err != nil:
		l.log.put("warning: unable to stat " + l.queue.Rel("bounce", id) + "\n")
		l.again(id)
	case failures:
		l.bounce(id, envelope.BounceTo(info.sender))
	default:
		l.end(id)
	}
}

func (l *loop) statFailed(id queue.ID, dir string) {
	l.log.put("warning: unable to stat " + l.queue.Rel(dir, id) + "; will try again later\n")
	l.again(id)
}

// again has a message finished later.
func (l *loop) again(id queue.ID) { l.done.insert(id, l.now().Unix()+sleepFailure) }

// end lets go of a message whose failures, if any, have been bounced.
func (l *loop) end(id queue.ID) {
	l.log.put(send.LogEnd(id))
	if syscall.Unlink(l.queue.Path("info", id)) != nil {
		l.log.put("warning: unable to unlink " + l.queue.Rel("info", id) + "; will try again later\n")
		l.again(id)
		return
	}
	l.clean.ask(l, "foop", id, func(bool) {})
}
