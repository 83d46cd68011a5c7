package smtpd

import (
	"errors"
	"net/netip"
	"strings"
)

// maxAddress is how many bytes an address may have.
const maxAddress = 899

// errAddress is an address that cannot be used.
var errAddress = errors.New("not an address")

// address reads the address in the argument of MAIL or RCPT and replaces one
// of our own IP addresses in it. rest is what follows it.
func (s *Session) address(arg string, nul bool) (address, rest string, err error) {
	address, rest, ok := parseAddress(arg)
	if !ok || nul {
		return "", "", errAddress
	}
	if s.Policy.LocalIPHost != nil {
		if address, err = s.Policy.localIP(address); err != nil {
			return "", "", err
		}
	}
	if len(address) > maxAddress {
		return "", "", errAddress
	}
	return address, rest, nil
}

// parseAddress takes an address out of the argument of MAIL or RCPT: what is in
// angle brackets, else the word after the colon, without a source route, quotes
// and backslashes. Much is let pass that RFC 5321 4.1.2 does not have. What is
// nothing but a source route is no address, nor is one with a CR.
func parseAddress(arg string) (address, rest string, ok bool) {
	end := byte('>')
	if _, after, bracket := strings.Cut(arg, "<"); bracket {
		arg = after
	} else {
		end = ' '
		_, after, _ := strings.Cut(arg, ":")
		arg = strings.TrimLeft(after, " ")
	}
	routed := strings.HasPrefix(arg, "@")
	if routed {
		_, arg, _ = strings.Cut(arg, ":")
	}
	b := make([]byte, 0, len(arg))
	escaped, quoted := false, false
	for i := 0; i < len(arg); i++ {
		switch c := arg[i]; {
		case escaped:
			b = append(b, c)
			escaped = false
		case c == end && !quoted:
			rest = arg[i+1:]
			i = len(arg)
		case c == '\\':
			escaped = true
		case c == '"':
			quoted = !quoted
		default:
			b = append(b, c)
		}
	}
	address = string(b)
	return address, rest, (!routed || address != "") && strings.IndexByte(address, '\r') < 0
}

// localIP puts control/localiphost for an IP address of this machine.
func (p *Policy) localIP(address string) (string, error) {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return address, nil
	}
	ip, ok := parseLiteral(address[at+1:])
	if !ok {
		return address, nil
	}
	mine, err := p.OwnIPs()
	if err != nil {
		return "", err
	}
	for _, own := range mine {
		if own == ip {
			return address[:at+1] + *p.LocalIPHost, nil
		}
	}
	return address, nil
}

// parseLiteral reads "[192.0.2.1]" or "[IPv6:2001:db8::1]". The numbers of the
// former count modulo 256, as they always have here.
func parseLiteral(s string) (ip netip.Addr, ok bool) {
	if len(s) < 2 || s[0] != '[' || s[len(s)-1] != ']' {
		return ip, false
	}
	s = s[1 : len(s)-1]
	if len(s) > 5 && strings.EqualFold(s[:5], "IPv6:") {
		ip, err := netip.ParseAddr(s[5:])
		return ip, err == nil && ip.Zone() == ""
	}
	parts := strings.Split(s, ".")
	if len(parts) != 4 {
		return ip, false
	}
	var b [4]byte
	for i, part := range parts {
		if part == "" {
			return ip, false
		}
		for j := range len(part) {
			if part[j]-'0' > 9 {
				return ip, false
			}
			b[i] = b[i]*10 + part[j] - '0'
		}
	}
	return netip.AddrFrom4(b), true
}

// Bounds on the recipients of a message.
const (
	maxRecipients     = 100_000
	maxRecipientBytes = 8 << 20
)

// recipients keeps the recipients of a message, each ended by a NUL, in blocks
// that do not move when there are more.
type recipients struct {
	blocks [][]byte
	count  int
	bytes  int
}

const recipientBlock = 16 << 10

// add returns false when there is no room.
func (r *recipients) add(address string) bool {
	if r.count >= maxRecipients || r.bytes+len(address) >= maxRecipientBytes {
		return false
	}
	last := len(r.blocks) - 1
	if last < 0 || cap(r.blocks[last])-len(r.blocks[last]) <= len(address) {
		size := max(1<<10, len(address)+1)
		if last >= 0 {
			size = max(recipientBlock, size)
		}
		r.blocks = append(r.blocks, make([]byte, 0, size))
		last++
	}
	r.blocks[last] = append(append(r.blocks[last], address...), 0)
	r.count++
	r.bytes += len(address) + 1
	return true
}

// each yields the recipients in their order.
func (r *recipients) each(yield func(string) bool) {
	for _, block := range r.blocks {
		for text := string(block); text != ""; {
			address, rest, _ := strings.Cut(text, "\x00")
			if !yield(address) {
				return
			}
			text = rest
		}
	}
}
