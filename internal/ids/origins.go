package ids

import "strconv"

// Origins is how a message's first Received line names those who queue mail.
type Origins struct{ words map[uint32]string }

// Origins looks the users up that have words of their own.
func (h *Home) Origins() (*Origins, error) {
	o := &Origins{}
	if h.Single {
		return o, nil // one user is all of them
	}
	special, err := h.Users(Alias, Daemon, Send)
	if err != nil {
		return nil, err
	}
	o.words = map[uint32]string{special[2]: "for bounce", special[1]: "from network", special[0]: "by alias"}
	return o, nil
}

// Of returns what the line says after "invoked".
func (o *Origins) Of(uid uint32) string {
	if words, ok := o.words[uid]; ok {
		return words
	}
	return "by uid " + strconv.FormatUint(uint64(uid), 10)
}

// Special tells whether uid is one of qmail's own users.
func (o *Origins) Special(uid uint32) bool {
	_, ok := o.words[uid]
	return ok
}
