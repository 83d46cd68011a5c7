package main

import (
	"net/netip"
	"strings"

	"qmailkit/internal/dns"
)

// resolver is what is asked of the DNS.
type resolver interface {
	TXT(name string) ([]string, error)
	IPv4(name string) ([]netip.Addr, error)
}

type verdict int

const (
	open     verdict = iota // nothing is known yet
	wanted                  // whatever other lists may say
	unwanted                // likewise
)

// lookupError is what a client is told when nobody could say whether it is
// listed.
const lookupError = "temporary RBL lookup error"

// maxText bounds what a client is told, in bytes.
const maxText = 200

// judge decides on a client, one source after the other; the first that knows
// it counts.
type judge struct {
	dns    resolver
	prefix string // what the client's address puts before a list's name; "" where it is no address

	bounce     bool // a client that a list has is to give up at once
	failClosed bool // in doubt it is listed

	verdict   verdict
	text      string
	permanent bool // the client is to give up
	doubt     bool // a lookup has failed: the client may try again in any case
}

func newJudge(remoteIP string, r resolver) *judge {
	j := &judge{dns: r}
	if ip, err := netip.ParseAddr(remoteIP); err == nil {
		j.prefix = dns.Reversed(ip)
	}
	return j
}

// told takes the word of $RBLSMTPD.
func (j *judge) told(text string) {
	j.verdict = wanted
	if text != "" {
		j.verdict = unwanted
		j.text, j.permanent = strings.CutPrefix(text, "-")
	}
}

// list asks the list base, where a TXT record is a listing and its text the
// reason.
func (j *judge) list(base string) {
	if j.verdict != open || j.prefix == "" {
		return
	}
	texts, err := j.dns.TXT(j.prefix + base)
	if err != nil && !dns.Hard(err) {
		j.doubt = true
		if j.failClosed {
			j.verdict, j.text = unwanted, lookupError
		}
		return
	}
	if text := strings.Join(texts, ""); text != "" {
		j.verdict, j.text, j.permanent = unwanted, text, j.bounce
	}
}

// antiList asks the list base of clients that are welcome, where an A record
// is a listing.
func (j *judge) antiList(base string) {
	if j.verdict != open || j.prefix == "" {
		return
	}
	ips, err := j.dns.IPv4(j.prefix + base)
	if err != nil && !dns.Hard(err) {
		j.doubt = true
		if !j.failClosed {
			j.verdict = wanted
		}
		return
	}
	if len(ips) > 0 {
		j.verdict = wanted
	}
}

// reply is what an unwanted client is told: 451, that it may come back, or
// 553, that it should not.
func (j *judge) reply() string {
	code := "451 "
	if j.permanent && !j.doubt {
		code = "553 "
	}
	b := []byte(code + j.text[:min(len(j.text), maxText)])
	for i, c := range b {
		if c < ' ' || c > '~' {
			b[i] = '?'
		}
	}
	return string(b)
}
