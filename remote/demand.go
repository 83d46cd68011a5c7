package remote

import (
	"errors"
	"strings"

	"qmailkit/internal/control"
)

// Demand is what control/tlsdestinations and control/domaincerts say about TLS
// for mail to one destination: a relay, or the domain of the recipients.
type Demand struct {
	Never       bool   // no TLS, though the host offers it
	Must        bool   // no mail without TLS
	Authorities string // a file, or a folder with a slash at its end, with certificates that vouch for the host's
	Name        string // what the host's certificate must be for; "" is anything
	Fingerprint string // SHA-1, -224, -256 or -512 of the host's certificate, in hexadecimal
	Depth       int    // how many certificates may stand between the host's and an authority's; -1 is any number
	Port        uint16 // instead of the route's; 0 leaves that
	Implicit    bool   // the connection begins with TLS
	Cert, Key   string // files of our own certificate and its key; "" is control/clientcert.pem
}

// Verifies tells whether the host's certificate matters.
func (d Demand) Verifies() bool {
	return d.Authorities != "" || d.Name != "" || d.Fingerprint != ""
}

// Demands is control/tlsdestinations and control/domaincerts.
type Demands struct{ destinations, certs map[string]control.Entry }

const (
	tlsDestinations = "tlsdestinations"
	domainCerts     = "domaincerts"
)

func loadDemands(dir Controls) (d Demands, err error) {
	if d.destinations, err = keyed(dir, tlsDestinations); err != nil {
		return d, err
	}
	d.certs, err = keyed(dir, domainCerts)
	return d, err
}

// keyed reads a file of "key:value" lines; the later of two with one key counts.
func keyed(dir Controls, name string) (map[string]control.Entry, error) {
	entries, _, err := dir.Entries(name)
	var m map[string]control.Entry
	for _, e := range entries {
		key, value, ok := strings.Cut(e.Text, ":")
		if !ok {
			return nil, &control.Error{File: "control/" + name, Line: e.Line, Err: errColon}
		}
		if m == nil {
			m = map[string]control.Entry{}
		}
		m[control.Fold(key)] = control.Entry{Text: value, Line: e.Line}
	}
	return m, err
}

// What can be wrong with a line of control/tlsdestinations.
var (
	errColon       = errors.New("no colon")
	errOrder       = errors.New("ciphers and depth cannot be told apart")
	errFields      = errors.New("more fields than there are")
	errFingerprint = errors.New("no fingerprint by SHA-1, SHA-224, SHA-256 or SHA-512")
)

// For returns what is demanded of mail from sender to destination.
func (d Demands) For(sender, destination string) (Demand, error) {
	demand := Demand{Depth: -1}
	if entry, prefix, ok := d.find(control.Fold(destination)); ok {
		var from string
		var err error
		if demand, from, err = parseDemand(prefix, control.Fold(destination), entry.Text); err != nil {
			return demand, &control.Error{File: "control/" + tlsDestinations, Line: entry.Line, Err: err}
		}
		if from != "" && control.Fold(from) != domainOf(sender) {
			demand = Demand{Depth: -1}
		}
	}
	entry, ok := suffix(d.certs, "", domainOf(sender))
	if !ok {
		entry, ok = d.certs["*"]
	}
	if ok {
		fields := strings.SplitN(entry.Text, "|", 3) // the third is the key's password
		if demand.Cert, demand.Key = fields[0], fields[0]; len(fields) > 1 && fields[1] != "" {
			demand.Key = fields[1]
		}
	}
	return demand, nil
}

// find looks for the entry of a destination, in s/qmail's order: what is never
// to have TLS, the narrower demands, the wider ones, and what holds for all.
func (d Demands) find(destination string) (entry control.Entry, prefix string, ok bool) {
	if len(d.destinations) == 0 {
		return entry, "", false
	}
	for _, prefix := range []string{"!", "%", "=", "~", "", "-"} {
		if prefix == "%" || prefix == "=" {
			entry, ok = d.destinations[prefix+destination]
		} else {
			entry, ok = suffix(d.destinations, prefix, destination)
		}
		if ok {
			return entry, prefix, true
		}
	}
	for _, prefix := range []string{"=", "~", "+", "-"} {
		if entry, ok = d.destinations[prefix+"*"]; ok {
			return entry, prefix, true
		}
	}
	if entry, ok = d.destinations["*"]; ok {
		return entry, "*", true
	}
	entry, ok = d.destinations["-"]
	return entry, "*", ok
}

// suffix looks for name and then for each of its ends from a dot on. The empty
// end counts only behind a prefix that is more than a mark by itself.
func suffix(m map[string]control.Entry, prefix, name string) (entry control.Entry, ok bool) {
	for i := range len(name) + 1 {
		if i > 0 && i < len(name) && name[i] != '.' || i == len(name) && prefix == "-" {
			continue
		}
		if entry, ok = m[prefix+name[i:]]; ok {
			return entry, true
		}
	}
	return entry, false
}

// parseDemand reads what stands behind a destination, in either order:
//
//	authorities|ciphers|depth;port|domain
//	authorities|depth;[s]port|ciphers|domain
//
// The authorities may be "=" and a fingerprint. from is the domain of the
// senders that the entry is for, "" for all. Ciphers have no effect.
func parseDemand(prefix, destination, text string) (d Demand, from string, err error) {
	d = Demand{Depth: -1, Never: prefix == "!", Must: prefix != "!" && prefix != "*"}
	fields := strings.Split(text, "|")
	if len(fields) > 4 {
		return d, "", errFields
	}
	if len(fields) == 1 { // the port alone, or behind the authorities
		if i := strings.LastIndexByte(text, ';'); i >= 0 {
			fields = []string{text[:i], text[i:]}
		}
	}
	fields = append(fields, "", "", "")[:4]
	numbers := ""
	first, second := isDepth(fields[1]), isDepth(fields[2])
	switch {
	case fields[1] != "" && fields[2] != "" && first == second:
		return d, "", errOrder
	case fields[2] != "" && second:
		numbers = fields[2]
	case first:
		numbers = fields[1]
	}
	if err := d.numbers(numbers); err != nil {
		return d, "", err
	}
	mark, fingerprint := strings.CutPrefix(fields[0], "=")
	switch {
	case fingerprint || prefix == "%":
		d.Fingerprint = control.Fold(strings.ReplaceAll(mark, ":", ""))
		if n := len(d.Fingerprint); n != 40 && n != 56 && n != 64 && n != 128 || strings.Trim(d.Fingerprint, "0123456789abcdef") != "" {
			return d, "", errFingerprint
		}
	case prefix != "-":
		d.Authorities = fields[0]
	}
	if prefix == "=" || prefix == "~" {
		d.Name = destination
	}
	return d, fields[3], nil
}

// isDepth tells whether s is "depth;port", either of which may be missing.
func isDepth(s string) bool {
	depth, port, _ := strings.Cut(s, ";")
	return digits(depth) && digits(strings.TrimPrefix(port, "s"))
}

func digits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// numbers reads "depth;[s]port".
func (d *Demand) numbers(s string) error {
	depth, port, _ := strings.Cut(s, ";")
	port, d.Implicit = strings.CutPrefix(port, "s")
	if n, ok := control.LeadingInt(depth); ok > 0 {
		d.Depth = n
	}
	n, ok := control.LeadingInt(port)
	switch {
	case ok == 0:
		return nil
	case n < 1 || n > 65535:
		return errPort
	}
	d.Port = uint16(n)
	return nil
}
