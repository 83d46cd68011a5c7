package maildir

import (
	"qmailkit/internal/child"
	"qmailkit/internal/cmd"
)

// lifetime is how many seconds a message may be deferred before it bounces:
// two weeks.
const lifetime = "1209600"

// Forward becomes maildirserial, which sends what the Maildir dir has for
// prefix through client at host's port. client is a program of the home, and
// its arguments. Forward returns only the error that ends p's program.
func Forward(p *cmd.Proc, dir, prefix, host, port string, client ...string) error {
	program := p.InHome("bin", "maildirserial")
	argv := []string{program, "-b", "-t", lifetime, "--", dir, prefix, "tcpclient", "-RHl0", "--", host, port, p.InHome("bin", client[0])}
	err := child.Exec(p, append(argv, client[1:]...))
	return p.FatalSys(cmd.ExitTemporary, "unable to run "+program, err)
}
