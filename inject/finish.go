package inject

import (
	"strconv"
	"strings"

	"qmailkit/internal/addr"
	"qmailkit/internal/date822"
)

// noRecipients stands in for To and Cc: RFC 822 section 4.1 wants a
// destination.
const noRecipients = "Cc: recipient list not shown: ;\n"

// finish adds the fields that are missing, in front of the others.
func (h *header) finish() (*Message, error) {
	isResent := false
	for c := resentAuthorField; c < classes; c++ {
		isResent = isResent || h.seen[c]
	}
	named := &h.ordinary
	if isResent {
		named = &h.resent
	}
	m := &Message{Recipients: h.job.Recipients}
	if h.job.FromHeader {
		// Nobody would learn who was left out.
		if named.bad != "" {
			return nil, &FieldError{named.bad}
		}
		m.Recipients = append(m.Recipients[:len(m.Recipients):len(m.Recipients)], named.all...)
	}
	if err := h.defaultSender(); err != nil {
		return nil, err
	}
	m.Sender = h.sender

	var b strings.Builder
	var err error
	if isResent {
		err = h.missing(&b, "Resent-", resentDateField, resentMessageIDField, resentFromField, resentToField)
	} else {
		err = h.missing(&b, "", dateField, messageIDField, fromField, toField)
		h.followup(&b)
	}
	b.WriteString(h.kept.String())
	m.Header = b.String()
	return m, err
}

// missing writes those of the four fields that the message does not have.
func (h *header) missing(b *strings.Builder, prefix string, date, id, from, to class) error {
	if !h.seen[date] {
		b.WriteString(prefix + "Date: " + date822.Format(h.job.Now) + "\n")
	}
	if !h.seen[id] {
		b.WriteString(prefix + h.messageID())
	}
	if !h.seen[from] {
		field, err := h.from()
		if err != nil {
			return err
		}
		b.WriteString(prefix + field)
	}
	if !h.seen[to] {
		b.WriteString(prefix + noRecipients)
	}
	return nil
}

func (h *header) messageID() string {
	const stamp = "20060102150405"
	return "Message-ID: <" + h.job.Now.UTC().Format(stamp) + "." + strconv.Itoa(h.job.Pid) + ".qmail@" + oneLine(h.job.IDHost) + ">\n"
}

// from makes a From field of the author.
func (h *header) from() (string, error) {
	a := &h.job.Author
	box := []addr.Token{{Kind: addr.Atom, Text: oneLine(a.User)}}
	if addr.Quote(box[0].Text) != box[0].Text {
		box[0].Kind = addr.Quoted
	}
	box = atHost(box, a.Host)
	if a.Name != nil {
		name := addr.Token{Kind: addr.Quoted, Text: oneLine(*a.Name)}
		if h.job.Options.NameInComment {
			name.Kind = addr.Comment
			box = append(box, name)
		} else {
			box = append([]addr.Token{name, {Kind: addr.Left}}, append(box, addr.Token{Kind: addr.Right})...)
		}
	}
	field, _, err := h.made("From", box)
	return field, err
}

// defaultSender makes an envelope sender of the author.
func (h *header) defaultSender() error {
	if h.hasSender {
		return nil
	}
	a := &h.job.Author
	user := oneLine(a.SenderUser)
	if h.job.Options.PerMessage {
		user += "-" + strconv.FormatInt(h.job.Now.Unix(), 10) + "." + strconv.Itoa(h.job.Pid)
	}
	if h.job.Options.PerRecipient {
		user += "-"
	}
	field, list, err := h.made("Return-Path", atHost([]addr.Token{{Kind: addr.Quoted, Text: user}}, a.SenderHost))
	if err == nil && !h.setSender(list) {
		err = &FieldError{field}
	}
	return err
}

// atHost adds a host as it was given: it may hold dots, a literal and even
// further addresses, and is read like the rest of its field.
func atHost(box []addr.Token, host string) []addr.Token {
	if host == "" {
		return box
	}
	return append(box, addr.Token{Kind: addr.At}, addr.Token{Kind: addr.Atom, Text: oneLine(host)})
}

// made prints, reads and rewrites a field made of the author's data.
func (h *header) made(name string, contents []addr.Token) (field string, list []string, err error) {
	raw := addr.Print(name+":", contents)
	_, text := split(raw)
	field, list, ok := h.rewrite(name, text)
	if !ok {
		return "", nil, &FieldError{raw}
	}
	return field, list, nil
}

// followup adds Mail-Followup-To where a list is among the recipients that
// everyone sees.
func (h *header) followup(b *strings.Builder) {
	if h.seen[followupField] || !h.toList() {
		return
	}
	b.WriteString("Mail-Followup-To: ")
	for i := len(h.toCc) - 1; i >= 0; i-- {
		b.WriteString(oneLine(addr.QuoteAddress(h.toCc[i])))
		if i > 0 {
			b.WriteString(",\n  ")
		}
	}
	b.WriteString("\n")
}

func (h *header) toList() bool {
	for _, address := range h.toCc {
		if h.job.Lists.Has(address) {
			return true
		}
	}
	return false
}

// oneLine keeps what an environment or a control file says from starting a
// header field of its own.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\n\x00") {
		return s
	}
	b := []byte(s)
	for i, c := range b {
		if c == '\n' || c == 0 {
			b[i] = ' '
		}
	}
	return string(b)
}
