package remote

import (
	"errors"
	"strings"

	"qmailkit/internal/control"
)

// Where mail is accepted.
const (
	DefaultPort = 25
	smtpsPort   = 465  // SMTP over TLS from the first byte (RFC 8314 3.3)
	qmtpsPort   = 6209 // QMTP likewise
)

// Route is where the mail for a domain goes.
type Route struct {
	Relay string // a name or an address; "" leaves it to the DNS
	Port  uint16
	QMTP  bool // by QMTP instead of SMTP
	Login Login
	fixed bool // a Relay is meant, even if it is empty

	demand Demand // of TLS, see Settings.way

	file string // the control file that says so
	line int
}

// implicit tells whether the connection begins with TLS.
func (r Route) implicit() bool {
	return r.demand.Implicit || r.Port == smtpsPort && !r.QMTP || r.Port == qmtpsPort && r.QMTP
}

// fault is an error of the file that the route is from.
func (r Route) fault(err error) error { return &control.Error{File: r.file, Line: r.line, Err: err} }

// Login is what to say to a host that wants to know who we are.
type Login struct {
	User     string // "" is no login
	Password string
	Clear    bool // the password may be sent without TLS
}

// Routes is a control file of "domain:relay" entries, or "sender:relay".
type Routes struct {
	file    string
	port    uint16
	entries map[string]control.Entry
}

// authSenders is the file where the relay and its colon may be missing:
// "sender|user|password".
const authSenders = "authsenders"

// NewRoutes makes Routes of the entries of the control file called name. port
// is where relays listen for whom none is given.
func NewRoutes(name string, port uint16, entries []control.Entry) Routes {
	ends := ":"
	if name == authSenders {
		ends = ":|"
	}
	r := Routes{"control/" + name, port, make(map[string]control.Entry, len(entries))}
	for _, e := range entries {
		i := strings.IndexAny(e.Text, ends)
		if i < 0 {
			continue
		}
		r.entries[control.Fold(e.Text[:i])] = control.Entry{Text: strings.TrimPrefix(e.Text[i:], ":"), Line: e.Line}
	}
	return r
}

// What can be wrong with a route.
var (
	errPort   = errors.New("no valid port")
	errLogin  = errors.New("neither a relay alone nor one with a user and a password")
	errMixed  = errors.New("two ways to write a route in one")
	errNobody = errors.New("a user and a password, and no relay to tell them to")
	errQMTP   = errors.New("QMTP has no login")
)

// Find returns the route for host: that of host itself, or else of the longest
// ".domain" that host ends in, or else the one for the empty name. A route
// without a relay is none and ends the search. An error is a *control.Error.
func (r Routes) Find(host string) (Route, error) { return r.find(host, ".") }

// FindSender does the same for a sender's address, whose longest "@host" end
// counts too.
func (r Routes) FindSender(sender string) (Route, error) { return r.find(sender, ".@") }

// bounces is the key of the route for all mail without a sender.
const bounces = "!@"

// FindFor is Find for mail from sender.
func (r Routes) FindFor(sender, host string) (Route, error) {
	if e, ok := r.entries[bounces]; ok && sender == "" {
		return r.parse(e)
	}
	return r.Find(host)
}

func (r Routes) find(key, starts string) (Route, error) {
	if len(r.entries) == 0 {
		return Route{Port: r.port}, nil
	}
	key = control.Fold(key)
	for i := 0; i <= len(key); i++ {
		if i > 0 && i < len(key) && strings.IndexByte(starts, key[i]) < 0 {
			continue
		}
		if e, ok := r.entries[key[i:]]; ok {
			return r.parse(e)
		}
	}
	return Route{Port: r.port}, nil
}

func (r Routes) parse(e control.Entry) (Route, error) {
	route, err := ParseRoute(e.Text, r.port)
	route.file, route.line = r.file, e.Line
	if err != nil {
		return route, route.fault(err)
	}
	return route, nil
}

// ParseRoute reads what stands behind the domain in an entry: nothing, or a
// relay, its port where that is not port, and a login:
//
//	relay:25|user|password
//	relay:25 user password    (the password only over TLS)
//	relay:25 -user password   (also without)
//	relay;25|user|password
//
// What could be meant in two ways is an error. A relay may be in brackets, and
// has to be where it is an IPv6 address. What follows the digits of a port
// behind a colon is left alone, as is a word that starts with '#' and all
// behind it. A port without a relay names a relay that does not exist.
func ParseRoute(s string, port uint16) (Route, error) {
	where, login, err := cutLogin(s)
	if err != nil {
		return Route{Port: port}, err
	}
	route, err := parseRelay(where, port)
	if err != nil {
		return route, err
	}
	if login.User != "" && route.fixed && route.Relay == "" {
		return route, errNobody
	}
	route.Login = login
	return route, nil
}

// cutLogin takes the login off. Whether a password may be sent in clear is the
// dialect's: with bars it always was, with blanks a '-' before the user says so.
func cutLogin(s string) (where string, login Login, err error) {
	i := strings.IndexAny(s, "| \t")
	if i < 0 {
		return s, login, nil
	}
	where = s[:i]
	if s[i] == '|' {
		user, password, ok := strings.Cut(s[i+1:], "|")
		switch {
		case !ok || user == "" || password == "":
			return where, login, errLogin
		case user[0] == '-' || strings.ContainsAny(user, " \t"):
			return where, login, errMixed
		}
		return where, Login{user, password, true}, nil
	}
	words := strings.Fields(s[i:])
	switch {
	case where == "":
		return where, login, errLogin
	case len(words) == 0 || words[0][0] == '#':
		return where, login, nil
	case strings.Contains(where, ";") || strings.Contains(words[0], "|"):
		return where, login, errMixed
	case len(words) != 2:
		return where, login, errLogin
	}
	user, clear := strings.CutPrefix(words[0], "-")
	if user == "" {
		return where, login, errLogin
	}
	return where, Login{user, words[1], clear}, nil
}

func parseRelay(s string, port uint16) (Route, error) {
	route := Route{Port: port}
	if s == "" {
		return route, nil
	}
	route.fixed = true
	end := 0
	if s[0] == '[' {
		end = max(strings.IndexByte(s, ']'), 0)
	}
	mark := strings.IndexAny(s[end:], ":;")
	if mark < 0 {
		route.Relay = s
		return route, nil
	}
	mark += end
	route.Relay = s[:mark]
	rest := s[mark+1:]
	n, digits := control.LeadingInt(rest)
	switch {
	case strings.Contains(rest, ";") || s[mark] == ';' && strings.Contains(rest, ":"):
		return route, errMixed
	case digits == 0 || n < 1 || n > 65535 || s[mark] == ';' && digits < len(rest):
		return route, errPort
	}
	route.Port = uint16(n)
	return route, nil
}
