// Package nss finds users wherever the machine keeps them: in /etc/passwd, or
// in LDAP, NIS and the like, by asking getent(1).
package nss

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"qmailkit/internal/passwd"
)

// getent exits with this when it was heard and the name is unknown.
const getentNotFound = 2

// patience is how long getent may take. A directory server that does not answer
// must not hold up who asks for good.
const patience = time.Minute

// Lookup finds the user called name. An error is temporary: it is not known
// whether there is such a user.
func Lookup(name string) (u passwd.User, ok bool, err error) {
	u, ok, err = passwd.Lookup(name)
	if ok || err != nil || !plausible(name) || filesOnly("/etc/nsswitch.conf", "/run/systemd/userdb") {
		return u, ok, err
	}
	getent, err := exec.LookPath("/usr/bin/getent")
	if err != nil {
		return u, false, nil // this machine has files only
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ask := exec.CommandContext(ctx, getent, "passwd", name)
	ask.WaitDelay = time.Second // what it has started may hold its output
	out, err := ask.Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == getentNotFound {
		return u, false, nil
	}
	if err != nil {
		return u, false, fmt.Errorf("getent passwd: %w", err)
	}
	line, _, _ := strings.Cut(string(out), "\n")
	u, ok = passwd.ParseUser(line)
	return u, ok && u.Name == name, nil
}

// plausible keeps what cannot be a user's name from getent, which would take
// a number for a uid and a dash for an option.
func plausible(name string) bool {
	return name != "" && name[0] != '-' && (name[0] < '0' || name[0] > '9') &&
		!strings.ContainsAny(name, ":\n\x00/")
}
