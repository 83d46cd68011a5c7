package smtpd

import (
	"net/netip"
	"strings"

	"qmailkit/internal/dns"
)

// Resolver is what is asked of the DNS: *dns.Resolver, or another of the kind.
type Resolver interface {
	TXT(name string) ([]string, error)
	IPv4(name string) ([]netip.Addr, error)
	IPv6(name string) ([]netip.Addr, error)
	MX(name string) ([]dns.MX, error)
}

// Blocklists are lists of clients in the DNS (RFC 5782) that are asked, in
// their order, about a client with a recipient that it may send to. The first
// that has it decides.
type Blocklists struct {
	resolver   Resolver
	lists      []blocklist
	failClosed bool     // a client is unwelcome as long as a list cannot be asked
	told       *listing // what the environment says of the client; nil: nothing
}

// blocklist is one list.
type blocklist struct {
	zone    string
	action  action
	text    string       // what a listed client is told; "": what the list's TXT record says
	answers []netip.Addr // the answers that are a listing; none: any
}

// action is what becomes of a client that is on a list.
type action int

const (
	delay   action = iota // it may come back
	refuse                // it should not
	welcome               // no other list counts
	notice                // the log is told
	tag                   // and the message gets a field
)

// listing is what the lists have to say of a client.
type listing struct {
	result string // RBLRESULT: pass, accept, delay, reject or ignore
	reply  string // to each recipient; "" is no objection
	fields string // for the message's header
}

const (
	lookupError    = "temporary RBL lookup error"
	maxListingText = 500 // bytes
)

// judge asks the lists about the client at remoteIP.
func (b *Blocklists) judge(remoteIP string, log func(string)) listing {
	if b.told != nil {
		return *b.told
	}
	ip, err := netip.ParseAddr(remoteIP)
	if err != nil {
		return listing{result: "pass"}
	}
	result, fields, doubt := "pass", "", false
	for _, list := range b.lists {
		text, err := list.ask(b.resolver, ip)
		if err != nil {
			log("rbl: ip=" + remoteIP + " query=" + list.zone + " result=dnserr")
			doubt = true
			if b.failClosed && (list.action == delay || list.action == refuse) {
				return listing{result: "delay", reply: objection("451 ", lookupError)}
			}
			continue
		}
		if text == "" {
			continue
		}
		log("rbl: ip=" + remoteIP + " query=" + list.zone + " message='" + text + "'")
		switch {
		case list.action == welcome:
			return listing{result: "accept"}
		case list.action == tag:
			result, fields = "ignore", fields+list.field(text)
		case list.action == notice:
			result = "ignore"
		case list.action == refuse && !doubt:
			return listing{result: "reject", reply: objection("553 ", text)}
		default:
			return listing{result: "delay", reply: objection("451 ", text)}
		}
	}
	return listing{result: result, fields: fields}
}

// field says of a list, in qmail-ldap's words, that it has the client.
func (l blocklist) field(text string) string {
	with := ""
	if len(l.answers) > 0 {
		with = "matches with " + l.answers[0].String() + " and "
	}
	return objection("X-RBL: ", "("+l.zone+") "+with+"tells us "+text) + "\n"
}

// ask returns the words for a client that the list has, or "". An error is a
// list that could not say.
func (l blocklist) ask(r Resolver, ip netip.Addr) (text string, err error) {
	name := dns.Reversed(ip) + l.zone
	if l.text == "" {
		texts, err := r.TXT(name)
		if err != nil && !dns.Hard(err) {
			return "", err
		}
		if len(texts) > 0 {
			text = texts[0]
		}
		return text, nil
	}
	answers, err := r.IPv4(name)
	if err != nil && !dns.Hard(err) {
		return "", err
	}
	for _, answer := range answers {
		if l.has(answer) {
			return strings.ReplaceAll(l.text, "%IP%", ip.String()), nil
		}
	}
	return "", nil
}

func (l blocklist) has(answer netip.Addr) bool {
	for _, a := range l.answers {
		if a == answer {
			return true
		}
	}
	return l.answers == nil
}

// objection is a reply, or a field, with text from somebody else.
func objection(begin, text string) string {
	b := []byte(begin + text[:min(len(text), maxListingText)])
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}

// parseBlocklist reads a line of control/dnsbllist: "[+|-|=]zone[:[-]text]".
func parseBlocklist(line string) (list blocklist, ok bool) {
	list.zone, list.text, _ = strings.Cut(line, ":")
	list.text, ok = strings.CutPrefix(list.text, "-")
	if ok {
		list.action = refuse
	}
	for sign, action := range map[string]action{"+": welcome, "-": refuse, "=": notice} {
		if zone, found := strings.CutPrefix(list.zone, sign); found {
			list.zone, list.action = zone, action
			break
		}
	}
	return list, list.zone != ""
}

// parseRblList reads a line of qmail-ldap's control/rbllist: zone, action,
// match and message, with blanks between.
func parseRblList(line string) (list blocklist, ok bool) {
	f := strings.Fields(line)
	if len(f) < 4 {
		return list, false
	}
	list.zone, list.text = f[0], strings.Join(f[3:], " ")
	switch strings.ToLower(f[1]) {
	case "addheader":
		list.action = tag
	case "reject":
		list.action = refuse
	default:
		return list, false
	}
	if !strings.EqualFold(f[2], "any") {
		ip, err := netip.ParseAddr(f[2])
		if err != nil {
			return list, false
		}
		list.answers = []netip.Addr{ip}
	}
	return list, true
}

// blocklists reads control/dnsbllist, or qmail-ldap's control/rbllist.
func (l *loader) blocklists() error {
	b := &Blocklists{}
	lines, ok, err := l.path("DNSBLLIST", "dnsbllist").read()
	if err != nil {
		return err
	}
	if err := b.add("control/dnsbllist", lines, parseBlocklist); err != nil {
		return err
	}
	if _, asked := l.p.LookupEnv("RBL"); asked && !l.missing("rbllist") {
		if lines, _, err = l.dir.Lines("rbllist"); err != nil {
			return err
		}
		before := len(b.lists)
		if err := b.add("control/rbllist", lines, parseRblList); err != nil {
			return err
		}
		if _, only := l.p.LookupEnv("RBLONLYHEADER"); only {
			for i := range b.lists[before:] {
				b.lists[before+i].action = tag
			}
		}
	}
	text, told := l.p.LookupEnv("RBLSMTPD")
	told = told && (ok || l.dialect == "sagredo")
	if told {
		b.told = toldListing(text)
	}
	n, err := l.number("dnsblfailclosed", "DNSBLFAILCLOSED")
	if err != nil {
		return err
	}
	b.failClosed = n > 0
	_, skip := l.p.LookupEnv("DNSBLSKIP")
	if !skip && (told || len(b.lists) > 0) {
		b.resolver = l.dns()
		l.policy.Blocklists = b
	}
	return nil
}

func (b *Blocklists) add(file string, lines []string, parse func(string) (blocklist, bool)) error {
	for _, line := range lines {
		list, ok := parse(line)
		if !ok {
			return unusable(file + ": cannot be read: " + line)
		}
		b.lists = append(b.lists, list)
	}
	return nil
}

// toldListing takes the word of RBLSMTPD, as rblsmtpd(1) does.
func toldListing(text string) *listing {
	if text == "" {
		return &listing{result: "accept"}
	}
	if words, final := strings.CutPrefix(text, "-"); final {
		return &listing{result: "reject", reply: objection("553 ", words)}
	}
	return &listing{result: "delay", reply: objection("451 ", text)}
}
