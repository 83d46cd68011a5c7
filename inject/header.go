package inject

import (
	"strings"

	"qmailkit/internal/addr"
)

// header is a message's header while it is gone through.
type header struct {
	job  *Job
	seen [classes]bool
	kept strings.Builder // the fields that stay, rewritten

	sender    string
	hasSender bool

	ordinary, resent recipients
	toCc             []string // for Mail-Followup-To
}

// recipients are those of the ordinary or of the Resent fields.
type recipients struct {
	all []string
	bad string // the first field that cannot be read
}

// field takes in one field, with its newline.
func (h *header) field(field string) error {
	name, contents := split(field)
	c := classify(name)
	o := &h.job.Options
	if c == fromField && o.DropFrom || c == messageIDField && o.DropMessageID || c == returnPathField && o.DropReturnPath {
		return nil
	}
	h.seen[c] = true
	switch c {
	case authorField, fromField, resentAuthorField, resentFromField:
		text, _, ok := h.rewrite(name, contents)
		if !ok {
			return &FieldError{field}
		}
		field = text
	case returnPathField:
		_, list, ok := h.rewrite(name, contents)
		if !ok || !h.setSender(list) {
			return &FieldError{field}
		}
	case toField, apparentlyToField, bccField:
		var list []string
		field, list = h.recipients(&h.ordinary, name, contents, field)
		if c == toField {
			h.toCc = append(h.toCc, list...)
		}
	case resentToField, resentBccField:
		field, _ = h.recipients(&h.resent, name, contents, field)
	}
	switch c {
	case bccField, resentBccField, returnPathField, contentLengthField:
	default:
		h.kept.WriteString(field)
	}
	return nil
}

// rewrite completes the addresses of a field. list has them for an envelope,
// the last one first.
func (h *header) rewrite(name, contents string) (field string, list []string, ok bool) {
	tokens, err := addr.Parse(contents)
	if err == nil {
		tokens, err = addr.Rewrite(tokens, func(a []addr.Token) []addr.Token {
			a = h.job.Rules.Complete(a)
			list = append(list, addr.Unquote(a))
			return a
		})
	}
	if err != nil {
		return "", nil, false
	}
	return addr.Print(name+":", tokens), list, true
}

// recipients adds those of a field to to, and returns them. A field that
// cannot be read is returned as it stands: whether that matters is known at
// the end of the header. An address that names nobody is left out.
func (h *header) recipients(to *recipients, name, contents, field string) (string, []string) {
	text, list, ok := h.rewrite(name, contents)
	if !ok {
		to.spoil(field)
		return field, nil
	}
	some := list[:0]
	for _, address := range list {
		if hasNUL(address) {
			to.spoil(field)
		} else if address != "" {
			some = append(some, address)
		}
	}
	to.all = append(to.all, some...)
	return text, some
}

func (r *recipients) spoil(field string) {
	if r.bad == "" {
		r.bad = field
	}
}

// setSender takes the envelope sender from a Return-Path, unless it is known
// already. It refuses one that an envelope cannot hold.
func (h *header) setSender(list []string) bool {
	if h.hasSender || len(list) == 0 {
		return true
	}
	if hasNUL(list[0]) {
		return false
	}
	h.sender, h.hasSender = list[0], true
	if h.job.Options.PerRecipient {
		h.sender += perRecipient
	}
	return true
}

// perRecipient ends a sender that qmail-send makes a different one of for each
// recipient.
const perRecipient = "-@[]"

func hasNUL(s string) bool { return strings.IndexByte(s, 0) >= 0 }
