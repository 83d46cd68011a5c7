package migrate

import (
	"errors"
	"fmt"
	"os"
	"time"

	"qmailkit/internal/cmd"
	"qmailkit/internal/lock"
	"qmailkit/svc"
)

// running tells whether a qmail-send runs in the home.
func running(p *cmd.Proc) bool {
	f, err := os.OpenFile(p.InHome("queue", "lock", "sendmutex"), os.O_WRONLY, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	if lock.TryExclusive(f) == nil {
		lock.Unlock(f)
		return false
	}
	return true
}

// How long qmail-send may take to finish the deliveries that it has begun, and
// how often it is looked whether it has.
const (
	patience = 10 * time.Minute
	often    = 100 * time.Millisecond
)

// errSlow is a service that has not been started again in time.
var errSlow = errors.New("it has not ended its deliveries yet; it will be started again when it has")

// Restart has supervise end qmail-send, which finishes what it has begun, and
// start it again. It waits for that.
func Restart(p *cmd.Proc, dir string) error {
	service, inner, err := svc.Find(p, dir)
	if err != nil {
		return err
	}
	status := svc.Join(service, inner) + svc.Current
	before, _, _, err := svc.ReadStatus(status)
	if err != nil {
		return err
	}
	if !before.Up() {
		return nil // the next start will be of the other one
	}
	if _, err := svc.Tell(svc.Join(service, inner)+svc.Control, "t"); err != nil {
		return err
	}
	for waited := time.Duration(0); waited < patience; waited += often {
		now, _, _, err := svc.ReadStatus(status)
		if err == nil && now.Pid != 0 && now.Since != before.Since && running(p) {
			return nil
		}
		time.Sleep(often)
	}
	return errSlow
}

// byHand tells how to restart qmail-send where no service manager is known.
func byHand(p *cmd.Proc) string {
	rc := p.InHome("rc")
	if _, err := os.Stat(rc); err != nil {
		rc = "the command that starts it"
	}
	return fmt.Sprintf("kill -TERM $(pgrep -x qmail-send)   # it finishes its deliveries; when it has ended, run %s again", rc)
}
