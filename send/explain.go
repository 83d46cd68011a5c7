package send

import "strings"

// Reason is a line of a control file that had a say in what became of a
// recipient.
type Reason struct {
	File  string // "locals"
	Key   string // what the line begins with, as it was looked for; "" is also a key
	Value string // what the line says of it, in virtualdomains
	Text  string // what the recipient was then
}

// Explain is Rewrite that also tells why.
func (r *Rules) Explain(recipient string) (address string, c Channel, reasons []Reason) {
	last := recipient
	address = r.unpercent(recipient, func(next string) {
		if strings.IndexByte(last, '@') < 0 {
			reasons = append(reasons, Reason{File: "envnoathost", Text: next})
		} else {
			reasons = append(reasons, Reason{File: "percenthack", Key: hostOf(last), Text: next})
		}
		last = next
	})
	final, c := r.Rewrite(recipient)
	if r.locals.Has(hostOf(address)) {
		return final, c, append(reasons, Reason{File: "locals", Key: hostOf(address), Text: final})
	}
	if prepend, ok := r.virtual.Get(address); ok {
		return final, c, append(reasons, Reason{"virtualdomains", address, prepend, final})
	}
	for key := range domainKeys(hostOf(address)) {
		if prepend, ok := r.virtual.Get(key); ok {
			return final, c, append(reasons, Reason{"virtualdomains", key, prepend, final})
		}
	}
	return final, c, reasons
}

func hostOf(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
