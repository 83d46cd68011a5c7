// Package client is what qmail-remote(8) and qmail-qmtpc(8) have in common:
// package remote's Engine with the system's parts in it. TLS and the ways to
// log in are put in here, so that programs which only look up names or read
// reports do without cryptography.
package client

import (
	"crypto/tls"
	"errors"
	"io"
	"os"
	"strings"

	"qmailkit/internal/cmd"
	"qmailkit/internal/control"
	"qmailkit/internal/dns"
	"qmailkit/internal/ipme"
	"qmailkit/internal/plain"
	"qmailkit/internal/sasl"
	"qmailkit/internal/tcpto"
	"qmailkit/internal/tlsconf"
	"qmailkit/remote"
)

// Program is qmail-remote, or another in its place: it has deliver hand the
// message on p's input to the host, from the sender and to the recipients that
// the arguments name, and writes to p's output what became of it. It always
// succeeds.
func Program(p *cmd.Proc, deliver func(*remote.Engine, remote.Job) remote.Result) error {
	plain.Write(p.Stdout, program(p, deliver).Append(nil)) // nobody is left to hear of a failure
	return nil
}

func program(p *cmd.Proc, deliver func(*remote.Engine, remote.Job) remote.Result) remote.Result {
	if len(p.Args) < 3 {
		return remote.Result{Message: remote.Usage}
	}
	dir := control.Dir(p.InHome("control"))
	engine, failure := newEngine(p, nil, func() (remote.Settings, error) { return remote.LoadSettings(dir) })
	if failure != nil {
		return *failure
	}
	return deliver(engine, remote.Job{Host: p.Args[0], Sender: p.Args[1], Recipients: p.Args[2:], Message: p.Stdin})
}

// newEngine makes an engine of the control files as they are now, as load has
// them, or says what is to be reported of those.
func newEngine(p *cmd.Proc, sessions tls.ClientSessionCache, load func() (remote.Settings, error)) (*remote.Engine, *remote.Result) {
	dir := control.Dir(p.InHome("control"))
	settings, err := load()
	if err != nil {
		var bad *control.Error
		if errors.As(err, &bad) && bad.Line > 0 {
			return nil, &remote.Result{Message: remote.BadControl(err)}
		}
		if fi, err := os.Stat(p.Home); err != nil || !fi.IsDir() {
			return nil, &remote.Result{Message: remote.NoHome}
		}
		return nil, &remote.Result{Message: remote.NoControls}
	}
	return &remote.Engine{
		Settings: settings,
		Resolver: dns.System(p.Getenv),
		Dial:     remote.TCP,
		Local:    ipme.Addrs,
		Mine:     func() (remote.Mine, error) { return remote.LoadMine(dir) },
		TLS:      policies(dir, sessions),
		NewLogin: newLogin,
		TimedOut: table(p),
		Now:      p.Now,
		Jitter:   p.Pid,
	}, nil
}

func table(p *cmd.Proc) tcpto.Table { return tcpto.Table(p.InHome("queue/lock/tcpto")) }

// policies gives out what the control folder says about TLS with a host.
func policies(dir control.Dir, sessions tls.ClientSessionCache) func(string, remote.Demand) (remote.Policy, error) {
	client := tlsconf.Client{Dir: dir}
	return func(host string, d remote.Demand) (remote.Policy, error) {
		p, err := client.For(host)
		if err != nil {
			return remote.Policy{}, err
		}
		out := remote.Policy{Host: p.Host}
		switch {
		case p.Verify:
			out.Must = "control/tlshosts/" + p.Host + ".pem exists"
		case d.Must:
			out.Must = "control/tlsdestinations demands it"
		}
		p = p.With(tlsconf.Demand{
			Never: d.Never, Must: d.Must, Authorities: d.Authorities, Name: d.Name,
			Fingerprint: d.Fingerprint, Depth: d.Depth, Cert: d.Cert, Key: d.Key,
		})
		out.Avoid, out.Verify = p.Avoid, p.Verify
		out.Handshake = func(conn io.ReadWriter) (io.ReadWriteCloser, string, error) {
			p, kept := p, &session{ClientSessionCache: sessions}
			if sessions != nil {
				p.Sessions = kept
			}
			private, err := p.Handshake(tlsconf.Stream(conn, conn))
			switch {
			case err != nil && kept.used:
				return nil, "", &remote.ResumeError{Err: err}
			case err != nil:
				return nil, "", err
			}
			version := tls.VersionName(private.ConnectionState().Version)
			return private, strings.Replace(version, "TLS ", "TLSv", 1), nil
		}
		out.Failed = func() { client.Remember(p) } // it only saves time
		return out, nil
	}
}

func newLogin(offered []string, l remote.Login, private io.ReadWriteCloser) remote.Mechanism {
	channel := sasl.Channel{Clear: l.Clear}
	if conn, ok := private.(*tls.Conn); ok {
		channel.Secret = true
		channel.Binding = func(name string) []byte { return tlsconf.Binding(conn, name) }
	}
	c := sasl.NewClient(offered, l.User, l.Password, channel)
	if c == nil {
		return nil
	}
	return mechanism{c}
}

type mechanism struct{ *sasl.Client }

func (m mechanism) Name() string { return m.Mechanism }
