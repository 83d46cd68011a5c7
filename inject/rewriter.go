package inject

import (
	"errors"
	"io"
	"strings"
	"time"

	"qmailkit/internal/control"
	"qmailkit/internal/mess822"
	"qmailkit/internal/message"
)

// Rewriter writes a message's header anew as new-inject(1) and ofmipd(8) have
// it. Where Job refuses a field of addresses that cannot be read, a Rewriter
// takes from it what it can, and it puts the fields into an order of its own.
type Rewriter struct {
	Rules  mess822.Rules
	Now    time.Time     // goes into Date
	IDMark func() string // goes into Message-ID, between the time and the host; asked for where the message has none
	IDHost string        // goes into Message-ID; rewritten already
	From   string        // an address for From, rewritten already, where the message has none
	Name   *string       // goes there too; nil for none
	Lists  control.Map

	DropFrom      bool
	DropMessageID bool
	Envelope      bool // Envelope-Sender and Envelope-Recipients are not for readers
}

// Rewritten is a message whose header is done. The lists are those of its
// fields with addresses rewritten; what to do with them is the caller's to
// decide, and so are Sender and Recipients.
type Rewritten struct {
	Message

	To, Cc, Bcc, ReturnPath, EnvelopeSender, EnvelopeRecipients []mess822.Item

	HasEnvelopeRecipients bool // there is such a field, if only an empty one
}

// Rewrite reads the header of the message r, and no more than a buffer of its
// body. The error is a ReadError or ErrHeaderTooLong.
func (w *Rewriter) Rewrite(r io.Reader) (*Rewritten, error) {
	in := newInput(r)
	f := fields{envelope: w.Envelope}
	end, err := message.Gather(in.r, func(field string) {
		if in.total += len(field); in.total <= maxHeader {
			f.add(field)
		}
	})
	switch {
	case errors.Is(err, message.ErrTooLong), in.total > maxHeader:
		return nil, ErrHeaderTooLong
	case err != nil:
		return nil, &ReadError{err}
	}
	done := &Rewritten{Message: Message{input: in}}
	in.ended = !strings.HasSuffix(end, "\n")
	switch {
	case end == "\n":
		done.rest = end
	case end != "":
		done.rest = "\n" + ended(end)
	}
	w.finish(&f, done)
	return done, nil
}

func ended(line string) string { return strings.TrimSuffix(line, "\n") + "\n" }

// slot is what becomes of a field.
type slot uint8

const (
	bottomSlot slot = iota // stays, behind all others
	topSlot                // stays, before all others
	dateSlot
	messageIDSlot
	contentLengthSlot
	bccSlot
	returnPathSlot
	envelopeSenderSlot
	envelopeRecipientsSlot

	fromSlot // this one and those behind it are printed, in this order
	senderSlot
	replyToSlot
	mailReplyToSlot
	followupSlot
	toSlot
	ccSlot
	noticeSlot
	slots
)

// slotOf finds the slot of a field by its name.
func slotOf(name string, envelope bool) slot {
	switch strings.ToLower(name) {
	case "date":
		return dateSlot
	case "message-id":
		return messageIDSlot
	case "content-length":
		return contentLengthSlot
	case "bcc", "apparently-to":
		return bccSlot
	case "return-path":
		return returnPathSlot
	case "from":
		return fromSlot
	case "sender":
		return senderSlot
	case "reply-to":
		return replyToSlot
	case "mail-reply-to":
		return mailReplyToSlot
	case "mail-followup-to":
		return followupSlot
	case "to":
		return toSlot
	case "cc":
		return ccSlot
	case "notice-requested-upon-delivery-to":
		return noticeSlot
	case "received", "delivered-to", "errors-to", "return-receipt-to", "resent-sender", "resent-from", "resent-reply-to",
		"resent-to", "resent-cc", "resent-bcc", "resent-date", "resent-message-id":
		return topSlot
	case "envelope-sender":
		if envelope {
			return envelopeSenderSlot
		}
	case "envelope-recipients":
		if envelope {
			return envelopeRecipientsSlot
		}
	}
	return bottomSlot
}

// fields are those of a header.
type fields struct {
	envelope        bool
	top, bottom, id strings.Builder
	lists           [slots][]mess822.Item
	seen            [slots]bool
	date            mess822.Time
	dated           bool
}

func (f *fields) add(field string) {
	name, contents := message.Split(field)
	if name == "" {
		return // folded lines that continue nothing
	}
	s := slotOf(name, f.envelope)
	f.seen[s] = true
	switch s {
	case contentLengthSlot:
	case topSlot:
		f.top.WriteString(ended(field))
	case bottomSlot:
		f.bottom.WriteString(ended(field))
	case messageIDSlot:
		f.id.WriteString(ended(field))
	case dateSlot:
		if date, ok := mess822.When(contents); ok {
			f.date, f.dated = date, true
		}
	default:
		f.lists[s] = append(f.lists[s], mess822.List(contents)...)
	}
}

// finish writes the header.
func (w *Rewriter) finish(f *fields, done *Rewritten) {
	if w.DropFrom {
		f.lists[fromSlot] = nil
	}
	for _, list := range f.lists {
		w.Rules.Rewrite(list)
	}
	done.To, done.Cc, done.Bcc = f.lists[toSlot], f.lists[ccSlot], f.lists[bccSlot]
	done.ReturnPath, done.EnvelopeSender = f.lists[returnPathSlot], f.lists[envelopeSenderSlot]
	done.EnvelopeRecipients, done.HasEnvelopeRecipients = f.lists[envelopeRecipientsSlot], f.seen[envelopeRecipientsSlot]

	if len(f.lists[followupSlot]) == 0 && (w.knows(done.To) || w.knows(done.Cc)) {
		f.lists[followupSlot] = append(append(f.lists[followupSlot], done.To...), done.Cc...)
	}
	if !f.dated {
		f.date = mess822.Of(w.Now)
	}
	var b strings.Builder
	b.WriteString(f.top.String())
	b.WriteString("Date: " + f.date.Field() + "\n")
	if f.id.Len() == 0 || w.DropMessageID {
		b.WriteString("Message-ID: <" + f.date.Digits() + w.IDMark() + "@" + oneLine(w.IDHost) + ">\n")
	} else {
		b.WriteString(f.id.String())
	}
	if len(f.lists[fromSlot]) == 0 {
		b.WriteString("From: " + mess822.Quote(w.From, w.Name) + "\n")
	}
	for s, name := range [...]string{
		"From", "Sender", "Reply-To", "Mail-Reply-To", "Mail-Followup-To", "To", "Cc", "Notice-Requested-Upon-Delivery-To",
	} {
		if fromSlot+slot(s) == toSlot && len(done.To)+len(done.Cc) == 0 {
			b.WriteString(noRecipients)
		}
		b.WriteString(mess822.Print(name+": ", f.lists[fromSlot+slot(s)]))
	}
	b.WriteString(f.bottom.String())
	done.Header = b.String()
}

// knows tells whether one of the mailing lists is in a list of addresses.
func (w *Rewriter) knows(list []mess822.Item) bool {
	for _, item := range list {
		if !item.Comment && w.Lists.Has(item.Text) {
			return true
		}
	}
	return false
}
