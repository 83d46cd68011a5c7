package main

import (
	"errors"
	"strings"

	"qmailkit/internal/pop3"
)

// login is who a client says it is.
type login struct{ user, proof string }

// ask listens until the client has said who it is; nil when it goes away.
func (g *greeter) ask() (*login, error) {
	user := ""
	for {
		verb, arg, err := g.Command()
		switch {
		case errors.Is(err, pop3.ErrLine):
			return nil, err
		case err != nil:
			return nil, nil
		}
		switch verb {
		case "USER":
			if arg == "" {
				g.Err(errSyntax)
				continue
			}
			user = arg
			g.OK("")
		case "PASS":
			switch {
			case user == "":
				g.Err(errWantUser)
			case arg == "":
				g.Err(errSyntax)
			default:
				return &login{user, arg}, nil
			}
		case "APOP":
			if name, digest, ok := strings.Cut(arg, " "); ok {
				return &login{name, digest}, nil
			}
			g.Err(errSyntax)
		case "QUIT":
			g.OK("")
			return nil, nil
		case "NOOP":
			g.OK("")
		case "CAPA":
			g.Lines(g.capabilities())
		case "STLS":
			if !g.offersTLS() {
				g.Err(errAuthorized)
				continue
			}
			g.OK("")
			// What the client has sent in the open counts for nothing from
			// here on, RFC 2595 4. What it has sent behind STLS has not been
			// read yet, and is no handshake.
			if user = ""; g.Flush() != nil || !g.handshake() {
				return nil, nil
			}
		default:
			g.Err(errAuthorized)
		}
	}
}

// capabilities are those of both sides of the login, RFC 2449. PIPELINING goes
// beyond the login: what is sent behind the password is left for qmail-pop3d.
func (g *greeter) capabilities() []string {
	list := []string{"USER", "TOP", "UIDL", "PIPELINING", "IMPLEMENTATION qmailkit"}
	if g.offersTLS() {
		list = append(list, "STLS")
	}
	return list
}

func (g *greeter) offersTLS() bool { return g.secure == nil && g.tls.Offered() }
