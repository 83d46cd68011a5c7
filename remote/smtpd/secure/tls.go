// Package secure is what package front's sessions need beyond plain SMTP: TLS
// and the mechanisms of AUTH.
package secure

import (
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/sasl"
	"qmailkit/internal/timeoutio"
	"qmailkit/internal/tlsconf"
	"qmailkit/remote/smtpd"
	"qmailkit/remote/smtpd/front"
)

// What standard error is told.
const (
	warning   = ": warning: "
	noTLS     = ": unable to begin TLS: "
	noRelay   = ": certificate: "
	noTable   = ": unable to read "
	noPrivate = ": unable to check a password: "
)

// layer is front.More for one session.
type layer struct {
	*front.Access
	in      *bounded
	tls     *tlsconf.Server
	session *tlsconf.Session // nil before TLS
	table   *sasl.Verifiers
	looked  bool // for the table

	variables []string // of the entry in AUTH_CDB that has let the client in
}

// Parts are all that there is, for the session of p.
func Parts(p *cmd.Proc) front.Parts { return new(Shared).Parts(p) }

// Shared is what many sessions of one home share: certificates are read once,
// and anew when their file has changed. The zero value is ready.
type Shared struct {
	mu      sync.Mutex
	servers map[[2]string]*tlsconf.Server
}

// maxServers bounds how many there are, by what rules and environment say.
const maxServers = 100

// Parts are those of a session of p.
func (sh *Shared) Parts(p *cmd.Proc) front.Parts {
	return front.Parts{More: sh.layer, Policy: smtpd.Parts{Resolver: dns.System(p.Getenv), Compile: smtpd.Regexp}}
}

func (sh *Shared) layer(a *front.Access) front.More {
	return &layer{Access: a, in: &bounded{File: a.In, now: a.Proc.Now}, tls: sh.server(a.Proc)}
}

// server is the one for what p's environment says of TLS.
func (sh *Shared) server(p *cmd.Proc) *tlsconf.Server {
	key := [2]string{p.Getenv("TLS_SERVER_CERT"), p.Getenv("TLSCIPHERS")}
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if s := sh.servers[key]; s != nil {
		return s
	}
	if sh.servers == nil || len(sh.servers) >= maxServers {
		sh.servers = map[[2]string]*tlsconf.Server{}
	}
	s := tlsconf.NewServer(control.Dir(p.InHome("control")), p.Getenv)
	sh.servers[key] = s
	return s
}

// Ready tells the log what it finds: the client learns no more than that TLS
// cannot begin.
func (l *layer) Ready() error {
	err := l.tls.Ready()
	if err != nil {
		l.say(noTLS, err)
	}
	return err
}

// Handshake is front.More's.
func (l *layer) Handshake() (io.ReadWriter, *smtpd.Login, error) {
	for _, line := range l.tls.Warnings() {
		l.Proc.Stderr.WriteString(l.Proc.Name + warning + line + "\n")
	}
	now := l.Proc.Now
	l.in.until = now().Add(handshakeLimit)
	session, err := l.tls.Handshake(tlsconf.Stream(l.in, l.Out))
	if err != nil {
		l.say(noTLS, err)
		return nil, nil, err
	}
	l.in.until = now().Add(secureLimit)
	l.session = session
	address, err := session.Relay(now())
	switch {
	case err == nil:
		return session, &smtpd.Login{User: address, Method: smtpd.Certificate, Relay: true}, nil
	case !errors.Is(err, tlsconf.ErrUnasked) && !errors.Is(err, tlsconf.ErrUnlisted):
		l.say(noRelay, err)
	}
	return session, nil, nil
}

// Close is front.More's.
func (l *layer) Close() {
	if l.session != nil {
		l.session.CloseWrite()
	}
	if l.table != nil {
		l.table.Close()
	}
}

func (l *layer) say(what string, err error) {
	l.Proc.Stderr.WriteString(l.Proc.Name + what + err.Error() + "\n")
}

// Limits on TLS, below which the engine's own do not reach: a client must not
// make a record last for ever.
const (
	handshakeLimit = 5 * time.Minute
	secureLimit    = 24 * time.Hour
)

// bounded is the connection below TLS: as a whole, too, it ends.
type bounded struct {
	timeoutio.File
	now   func() time.Time
	until time.Time
}

// Read is that of timeoutio.File, with what is left as its limit.
func (b *bounded) Read(buf []byte) (int, error) {
	left := b.until.Sub(b.now())
	if left <= 0 {
		return 0, os.ErrDeadlineExceeded
	}
	f := b.File
	f.Timeout = min(f.Timeout, left)
	return f.Read(buf)
}
