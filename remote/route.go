package remote

import (
	"errors"
	"strings"

	"qmailkit/internal/control"
)

// DefaultPort is where mail is accepted.
const DefaultPort = 25

// Route is where the mail for a domain goes.
type Route struct {
	Relay string // a name or an address; "" leaves it to the DNS
	Port  uint16
	fixed bool // a Relay is meant, even if it is empty
}

// Routes is control/smtproutes.
type Routes struct{ relays control.Map }

// NewRoutes makes Routes of the entries of that file, "domain:relay" each.
func NewRoutes(entries []string) Routes { return Routes{control.NewMap(entries)} }

// errPort is a route with something for a port that is none.
var errPort = errors.New("no valid port")

// Find returns the route for host: that of host itself, or else of the longest
// ".domain" that host ends in, or else the one for the empty name. A route
// without a relay is none and ends the search.
func (r Routes) Find(host string) (Route, error) {
	for i := 0; i <= len(host); i++ {
		if i > 0 && i < len(host) && host[i] != '.' {
			continue
		}
		if relay, ok := r.relays.Get(host[i:]); ok {
			return ParseRoute(relay)
		}
	}
	return Route{Port: DefaultPort}, nil
}

// ParseRoute reads what stands behind the domain in an entry of
// control/smtproutes: nothing, or a relay and perhaps a colon and a port. A
// relay may be in brackets, and has to be where it is an IPv6 address. What
// follows the digits of the port is left alone. A port without a relay names
// a relay that does not exist.
func ParseRoute(s string) (Route, error) {
	route := Route{Port: DefaultPort}
	if s == "" {
		return route, nil
	}
	route.fixed = true
	end := 0
	if s[0] == '[' {
		end = max(strings.IndexByte(s, ']'), 0)
	}
	colon := strings.IndexByte(s[end:], ':')
	if colon < 0 {
		route.Relay = s
		return route, nil
	}
	route.Relay = s[:end+colon]
	port, digits := control.LeadingInt(s[end+colon+1:])
	if digits == 0 || port < 1 || port > 65535 {
		return route, errPort
	}
	route.Port = uint16(port)
	return route, nil
}
