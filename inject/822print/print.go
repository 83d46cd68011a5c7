package main

import (
	"bufio"
	"strings"

	"qmailkit/inject"
	"qmailkit/internal/cmd"
	"qmailkit/internal/localtime"
	"qmailkit/internal/mess822"
	"qmailkit/internal/message"
)

const msgRead = "unable to read input"

// rule parts the header in three.
const rule = "------------------------------------------------------------------------------\n"

// maxHeader bounds what is kept of a header, in bytes.
const maxHeader = 16 << 20

// header is what 822print tells apart. Lines are as they stand, without their
// newlines; values are what stands behind the colon.
type header struct {
	envelope, threading, others []string // lines
	subject, dates              []string // values
	lists                       map[string][]mess822.Item
	date                        mess822.Time
	dated                       bool
}

// Run prints the message on p's standard input.
func Run(p *cmd.Proc) error {
	in := bufio.NewReader(p.Stdin)
	h := header{lists: map[string][]mess822.Item{}}
	size := 0
	end, err := message.Gather(in, func(field string) {
		if size += len(field); size <= maxHeader {
			h.add(field)
		}
	})
	if err == nil && size > maxHeader {
		err = message.ErrTooLong
	}
	if err != nil {
		return p.FatalSys(cmd.ExitTemporary, msgRead, err)
	}
	var out strings.Builder
	h.print(p, screen{&out})
	return inject.PrintRest(p, out.String()+end, in)
}

// add takes in one field.
func (h *header) add(field string) {
	name, contents := message.Split(field)
	name = strings.ToLower(name)
	lines := strings.Split(strings.TrimSuffix(field, "\n"), "\n")
	switch name {
	case "subject":
		h.subject = append(h.subject, contents)
	case "date":
		h.dates = append(h.dates, contents)
		if date, ok := mess822.When(contents); ok {
			h.date, h.dated = date, true
		}
	case "apparently-to":
		h.list("bcc", contents)
	case "to", "cc", "bcc", "notice-requested-upon-delivery-to", "from", "sender", "reply-to", "mail-reply-to",
		"mail-followup-to", "message-id", "references", "return-path":
		h.list(name, contents)
	case "in-reply-to":
		h.threading = append(h.threading, lines...)
	case "received", "delivered-to", "errors-to", "resent-sender", "resent-from", "resent-reply-to", "resent-to", "resent-cc",
		"resent-bcc", "resent-date", "resent-message-id":
		h.envelope = append(h.envelope, lines...)
	default:
		h.others = append(h.others, lines...)
	}
}

func (h *header) list(name, contents string) {
	h.lists[name] = append(h.lists[name], mess822.List(contents)...)
}

// print writes what matters to a reader first.
func (h *header) print(p *cmd.Proc, s screen) {
	s.sides(label("Subject:"), cells(strings.Join(h.subject, "\x00"), underlined, plain))
	h.addresses(s, "from", "From: ", "", bold)
	date := append(label("Date:"), cells(strings.Join(h.dates, "\x00"), plain, underlined)...)
	if h.dated {
		local := h.date.At().In(localtime.Zone(p)).Format("2006-01-02 15:04:05")
		s.sides(date, cells(local, underlined, plain))
	} else {
		s.line(date)
	}
	h.addresses(s, "return-path", "Return-Path: ", "return ", bold)
	s.lines(h.envelope)
	s.lines(h.threading)
	h.addresses(s, "references", "Ref: ", "", underlined)
	h.addresses(s, "message-id", "Message-ID: ", "", underlined)
	s.out.WriteString(rule)
	h.addresses(s, "to", "To: ", "", bold)
	h.addresses(s, "cc", "Cc: ", "", bold)
	h.addresses(s, "bcc", "Bcc: ", "", bold)
	h.addresses(s, "notice-requested-upon-delivery-to", "Notice-Requested-Upon-Delivery-To: ", "", bold)
	s.out.WriteString(rule)
	h.addresses(s, "sender", "Sender: ", "sender ", bold)
	h.addresses(s, "reply-to", "Reply-To: ", "reply to ", bold)
	h.addresses(s, "mail-reply-to", "Mail-Reply-To: ", "reply to ", bold)
	h.addresses(s, "mail-followup-to", "Mail-Followup-To: ", "follow up to ", bold)
	s.lines(h.others)
}

// addresses writes a line for each address: the comment at the left, the
// address at the right.
func (h *header) addresses(s screen, name, start, before string, look style) {
	list := h.lists[name]
	for i := 0; i < len(list); i++ {
		a := label(start)
		if list[i].Comment {
			a = append(a, cells(list[i].Text, underlined, plain)...)
			if i+1 == len(list) || list[i+1].Comment {
				s.line(a)
				continue
			}
			i++
		}
		s.sides(a, append(label(before), cells(list[i].Text, look, underlined)...))
	}
}

func (s screen) lines(list []string) {
	for _, line := range list {
		s.line(cells(line, plain, underlined))
	}
}

func label(text string) []cell { return cells(text, plain, plain) }
