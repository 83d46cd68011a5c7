package dns

import (
	"errors"
	"io"
	"net/netip"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"

	"golang.org/x/net/dns/dnsmessage"

	"qmailkit/internal/sock"
)

// The two answers that are final. Any other error means that nobody could
// tell.
var (
	ErrNoName = errors.New("no such name")
	ErrNoData = errors.New("the name has no such record")
)

// What else can be wrong.
var (
	errServer = errors.New("the name servers could not answer")
	errAnswer = errors.New("a name server's answer is not valid")
	errAlias  = errors.New("too many aliases in a row")
)

// Error is a lookup without a result.
type Error struct {
	Name string
	Err  error
}

func (e *Error) Error() string { return "DNS lookup of " + e.Name + ": " + e.Err.Error() }
func (e *Error) Unwrap() error { return e.Err }

// Hard tells whether err says that what was looked for does not exist. It is
// false of every other error: those may be gone at the next try.
func Hard(err error) bool { return errors.Is(err, ErrNoName) || errors.Is(err, ErrNoData) }

// maxAliases is how many CNAMEs are followed that a server has left to us.
const maxAliases = 8

// Resolver looks names up. It may be used by many goroutines at once.
type Resolver struct {
	config func() Config
	dial   Dialer
}

// Dialer makes a socket to ask a server by, for streams or for datagrams; each
// Read may take as long as wait.
type Dialer func(stream bool, server netip.AddrPort, wait time.Duration) (io.ReadWriteCloser, error)

// dial is a Dialer for a program that does one thing at a time.
func dial(stream bool, server netip.AddrPort, wait time.Duration) (io.ReadWriteCloser, error) {
	connect := sock.UDP
	if stream {
		connect = func(server netip.AddrPort, wait time.Duration) (*sock.Conn, error) {
			return sock.TCP(server, wait, wait)
		}
	}
	conn, err := connect(server, wait)
	if err != nil {
		return nil, err
	}
	return conn, nil
}

// New returns a Resolver that works as c says.
func New(c Config) *Resolver { return &Resolver{func() Config { return c }, dial} }

// By returns a Resolver that works as r does, with sockets of another kind.
func (r *Resolver) By(d Dialer) *Resolver { return &Resolver{r.config, d} }

// System returns a Resolver that works as the machine's resolv.conf(5) says,
// read at the first lookup, with the variables RES_OPTIONS, LOCALDOMAIN and
// DNSCACHEIP of the environment that getenv knows.
func System(getenv func(string) string) *Resolver {
	return &Resolver{sync.OnceValue(func() Config { return system(getenv) }), dial}
}

// MX is a mail exchanger. An exchanger without a name is written "." in the
// DNS; alone it means that the domain takes no mail (RFC 7505).
type MX struct {
	Preference uint16 // the lowest is the best
	Host       string // without a final dot
}

// MX returns the mail exchangers of name, in no order. A name that has none
// but is an alias or has other records is ErrNoData, or an empty list where
// the server's answer held only the alias.
func (r *Resolver) MX(name string) (list []MX, err error) {
	err = r.collect(name, dnsmessage.TypeMX, func(body dnsmessage.ResourceBody) {
		mx := body.(*dnsmessage.MXResource)
		list = append(list, MX{mx.Pref, text(mx.MX)})
	})
	return list, err
}

// IPv4 returns the addresses of name, in the server's order. The list is
// empty where name is an alias of something without an address.
func (r *Resolver) IPv4(name string) (list []netip.Addr, err error) {
	err = r.collect(name, dnsmessage.TypeA, func(body dnsmessage.ResourceBody) {
		list = append(list, netip.AddrFrom4(body.(*dnsmessage.AResource).A))
	})
	return list, err
}

// IPv6 is IPv4 for addresses of that kind. An IPv4 address that is wrapped in
// one comes out unwrapped.
func (r *Resolver) IPv6(name string) (list []netip.Addr, err error) {
	err = r.collect(name, dnsmessage.TypeAAAA, func(body dnsmessage.ResourceBody) {
		list = append(list, netip.AddrFrom16(body.(*dnsmessage.AAAAResource).AAAA).Unmap())
	})
	return list, err
}

// PTR returns the first name of an address, as it stands: Escape it before it
// is written to where a line end or a NUL means something.
func (r *Resolver) PTR(ip netip.Addr) (name string, err error) {
	reverse := reverseName(ip)
	found := false
	err = r.collect(reverse, dnsmessage.TypePTR, func(body dnsmessage.ResourceBody) {
		if !found {
			name, found = text(body.(*dnsmessage.PTRResource).PTR), true
		}
	})
	if err == nil && !found {
		err = &Error{reverse, ErrNoData}
	}
	return name, err
}

// Escape writes a name as the resolver's library prints it (RFC 1035 5.1): with
// a backslash before what means something in a zone file, and numbers for what
// cannot be seen. A server may put any bytes into a name, line ends too.
func Escape(name string) string {
	var b []byte
	for _, c := range []byte(name) {
		switch {
		case c <= ' ' || c > '~':
			b = append(b, '\\', '0'+c/100, '0'+c/10%10, '0'+c%10)
		case strings.IndexByte("\"();@$\\", c) >= 0:
			b = append(b, '\\', c)
		default:
			b = append(b, c)
		}
	}
	return string(b)
}

// TXT returns the texts of name, in the server's order: a record that holds
// several strings is one text (RFC 1035 3.3.14). They may hold any bytes.
func (r *Resolver) TXT(name string) (list []string, err error) {
	err = r.collect(name, dnsmessage.TypeTXT, func(body dnsmessage.ResourceBody) {
		list = append(list, strings.Join(body.(*dnsmessage.TXTResource).TXT, ""))
	})
	return list, err
}

// Search looks name up as it stands and with the machine's search domains
// appended, in the order of resolv.conf(5), until one has IPv4 addresses.
func (r *Resolver) Search(name string) ([]netip.Addr, error) {
	var hard, soft error
	for _, candidate := range candidates(r.config(), name) {
		list, err := r.IPv4(candidate)
		switch {
		case err == nil:
			return list, nil
		case Hard(err):
			hard = err
		default:
			soft = err
		}
	}
	if soft != nil {
		return nil, soft
	}
	return nil, hard
}

func candidates(c Config, name string) []string {
	if strings.HasSuffix(name, ".") {
		return []string{name}
	}
	search := c.Search
	if search == nil {
		host, _ := os.Hostname()
		if _, domain, ok := strings.Cut(host, "."); ok {
			search = []string{domain}
		}
	}
	list := make([]string, 0, len(search)+1)
	for _, domain := range search {
		list = append(list, name+"."+strings.Trim(domain, "."))
	}
	if strings.Count(name, ".") >= c.Ndots {
		return append([]string{name}, list...)
	}
	return append(list, name)
}

// collect hands every record of the wanted kind to add. Where the answer is
// an alias and no more, the alias is followed.
func (r *Resolver) collect(name string, kind dnsmessage.Type, add func(dnsmessage.ResourceBody)) error {
	c := r.config()
	asked := name
	for range maxAliases {
		records, alias, err := lookup(&c, r.dial, asked, kind)
		if errors.Is(err, ErrNoData) && asked != name {
			return nil
		}
		if err != nil {
			return &Error{name, err}
		}
		for _, body := range records {
			add(body)
		}
		if len(records) > 0 || alias == "" {
			return nil
		}
		asked = alias
	}
	return &Error{name, errAlias}
}

// reverseName is where the names of ip stand in the DNS (RFC 1035 3.5,
// RFC 3596 2.5).
func reverseName(ip netip.Addr) string {
	if ip.Unmap().Is4() {
		return Reversed(ip) + "in-addr.arpa"
	}
	return Reversed(ip) + "ip6.arpa"
}

// Reversed is ip as a prefix of names: its bytes, or of IPv6 its hexadecimal
// digits, the last one first, each with a dot behind it (RFC 5782 2.1, 2.4).
func Reversed(ip netip.Addr) string {
	const hex = "0123456789abcdef"
	ip = ip.Unmap()
	b := ip.AsSlice()
	var s strings.Builder
	for i := len(b) - 1; i >= 0; i-- {
		if ip.Is4() {
			s.WriteString(strconv.Itoa(int(b[i])))
			s.WriteByte('.')
			continue
		}
		s.Write([]byte{hex[b[i]&15], '.', hex[b[i]>>4], '.'})
	}
	return s.String()
}

// text is a name without its final dot.
func text(n dnsmessage.Name) string { return strings.TrimSuffix(n.String(), ".") }
